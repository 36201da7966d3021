"""Small pictures of a clip at given moments."""

from collections.abc import Sequence
from typing import Final

import av
import cv2
import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from avemo_core.errors import MediaError
from avemo_core.faces.detect import Detector
from avemo_core.media import decode
from avemo_core.media.source import Source
from avemo_core.report.media.blur import blurred
from schemas.rejects import Reason

SIDE_PX: Final = 224
"""Longer side of a thumbnail."""
SEARCHED_PX: Final = 640
"""Faces are searched on a picture of this longer side, in which small ones are still found."""
MIN_SCORE: Final = 0.3
"""Below the score that counts as a face elsewhere: a region blurred for nothing does no harm."""
JPEG_QUALITY: Final = 80
LEAD_S: Final = 2.0
"""So long before the first moment its picture is looked for first."""


def thumbnails(source: Source, times_s: Sequence[float], detector: Detector | None) -> list[bytes]:
    """JPEGs of the frames shown at some moments.

    Args:
        source: the media file's bytes.
        times_s: rising times on the file's clock.
        detector: finds the faces to blur; None leaves them as they are.

    Returns:
        One JPEG a moment; none when the file has no picture there.

    Raises:
        MediaError: the file cannot be decoded, or has no picture.
    """
    return [_jpeg(bgr, detector) for bgr in frames_at(source, times_s)]


def frames_at(source: Source, times_s: Sequence[float]) -> list[UInt8[ndarray, "row column bgr"]]:
    """The frame that is on screen at each of the rising times, at most 640 px wide or high."""
    if not times_s:
        return []
    start_s = max(0.0, times_s[0] - LEAD_S)
    shown = _on_screen(source, times_s, start_s)
    # A still may have come long before; after the last picture it stays on screen too.
    return _on_screen(source, times_s, 0.0) if start_s and len(shown) < len(times_s) else shown


def _on_screen(source: Source, times_s: Sequence[float], start_s: float) -> list[UInt8[ndarray, "row column bgr"]]:
    """As `frames_at`, out of the pictures from a time on; none where the first moment's came before it."""
    until_s = [time_s + _HALF_A_FRAME_S for time_s in times_s]
    seen: list[UInt8[ndarray, "row column bgr"]] = []
    shown: UInt8[ndarray, "row column bgr"] | None = None
    longest_s = until_s[-1] - start_s
    try:
        with decode.recording(source, start_s=start_s, stop_s=until_s[-1], max_side_px=SEARCHED_PX, longest_s=longest_s) as recording:
            if not recording.has_video:
                raise MediaError(Reason.NO_VIDEO, "decode", "no picture stream to make thumbnails from")
            for frame in recording.frames():
                while shown is not None and frame.time_s > until_s[len(seen)]:
                    seen.append(shown)
                if start_s and shown is None and frame.time_s > until_s[0]:
                    return []
                shown = frame.picture.bgr()
    except (av.FFmpegError, cv2.error) as error:
        raise MediaError(Reason.DECODE_FAILED, "decode", f"while making thumbnails: {error}") from error
    return seen if shown is None else [*seen, *[shown] * (len(times_s) - len(seen))]


_HALF_A_FRAME_S: Final = 0.005
"""Step times are stored as float32; a frame that starts this little after the moment is the one meant."""


def _jpeg(bgr: UInt8[ndarray, "row column bgr"], detector: Detector | None) -> bytes:
    shown = bgr if detector is None else blurred(bgr, [face.box for face in detector.find(bgr)])
    scale = min(1.0, SIDE_PX / max(shown.shape[:2]))
    size = tuple(max(1, round(side * scale)) for side in shown.shape[1::-1])
    small = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(np.asarray(encoded).tobytes())
