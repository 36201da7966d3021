"""Fewer frames, evenly in time."""

import math
from collections.abc import Iterable, Iterator

from avemo_core.media.decode import Frame


def subsampled(frames: Iterable[Frame], fps: float | None) -> Iterator[Frame]:
    """The first frame of every 1/fps seconds of the file's clock; None: every frame."""
    last_slot = -math.inf
    for frame in frames:
        slot = math.inf if fps is None else math.floor(frame.time_s * fps + 1e-6)
        if fps is None or slot > last_slot:
            last_slot = slot
            yield frame
