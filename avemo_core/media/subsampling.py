"""Fewer frames, evenly in time: the first frame of each slot.

slots of 1/fps   |    0    |    1    |    2    |    3    |
frames             a  b  c    d    e             f  g
subsampled         a          d                  f            slot 2 is empty, and nothing fills it
"""

import math
from collections.abc import Iterable, Iterator

from avemo_core.media.recording import Frame


def subsampled(frames: Iterable[Frame], fps: float | None) -> Iterator[Frame]:
    """The first frame of every 1/fps seconds of the file's clock; None: every frame."""
    last_slot = -math.inf
    for frame in frames:
        # A frame at k/fps must not fall into slot k - 1 by the rounding of floats.
        slot = math.inf if fps is None else math.floor(frame.time_s * fps + 1e-6)
        if fps is None or slot > last_slot:
            last_slot = slot
            yield frame
