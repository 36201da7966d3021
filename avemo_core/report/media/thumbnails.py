"""Small pictures of a clip at given moments."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

import av
import cv2
import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from avemo_core.errors import MediaError
from avemo_core.faces.detect import Detector
from avemo_core.media import container
from avemo_core.media.picture import Picture, PictureMaker
from avemo_core.report.media.blur import blurred
from schemas.rejects import Reason

SIDE_PX: Final = 224
"""Longer side of a thumbnail."""
SEARCHED_PX: Final = 640
"""Faces are searched on a picture of this longer side, in which small ones are still found."""
MIN_SCORE: Final = 0.3
"""Below the score that counts as a face elsewhere: a region blurred for nothing does no harm."""
JPEG_QUALITY: Final = 80


def thumbnails(file: BinaryIO, times_s: Sequence[float], detector: Detector | None) -> list[bytes]:
    """JPEGs of the frames shown at some moments.

    Args:
        file: the media file's bytes.
        times_s: rising times on the file's clock.
        detector: finds the faces to blur; None leaves them as they are.

    Returns:
        One JPEG a moment; fewer when the file's picture ends early.

    Raises:
        MediaError: the file cannot be decoded, or has no picture.
    """
    return [_jpeg(bgr, detector) for bgr in frames_at(file, times_s)]


def frames_at(file: BinaryIO, times_s: Sequence[float]) -> Iterator[UInt8[ndarray, "row column bgr"]]:
    """The frame that is on screen at each of the rising times, at most 640 px wide or high."""
    with container.opened(file) as opened:
        stream = container.picture_stream(opened)
        if stream is None:
            raise MediaError(Reason.NO_VIDEO, "decode", "no picture stream to make thumbnails from")
        pictures = PictureMaker(pixel_aspect=float(stream.sample_aspect_ratio or 1), max_side_px=SEARCHED_PX)
        for picture in _on_screen(opened, stream, times_s, pictures):
            yield picture.bgr()


def _on_screen(
    opened: av.container.InputContainer, stream: av.VideoStream, times_s: Sequence[float], pictures: PictureMaker
) -> Iterator[Picture]:
    origin_s = (opened.start_time or 0) / av.time_base
    wanted = [time_s + origin_s for time_s in times_s]
    shown: av.VideoFrame | None = None
    try:
        if wanted and stream.time_base:
            opened.seek(max(0, int(wanted[0] / stream.time_base)), stream=stream)
        for frame in opened.decode(stream):
            while wanted and shown is not None and frame.time is not None and frame.time > wanted[0] + _HALF_A_FRAME_S:
                wanted.pop(0)
                yield pictures.of(shown)
            if not wanted:
                return
            pictures.see(frame)
            shown = frame
    except av.FFmpegError as error:
        raise MediaError(Reason.DECODE_FAILED, "decode", f"while making thumbnails: {error}") from error
    if shown is not None:
        yield from [pictures.of(shown)] * len(wanted)


_HALF_A_FRAME_S: Final = 0.005
"""Step times are stored as float32; a frame that starts this little after the moment is the one meant."""


def _jpeg(bgr: UInt8[ndarray, "row column bgr"], detector: Detector | None) -> bytes:
    shown = bgr if detector is None else blurred(bgr, [face.box for face in detector.find(bgr)])
    scale = min(1.0, SIDE_PX / max(shown.shape[:2]))
    size = tuple(max(1, round(side * scale)) for side in shown.shape[1::-1])
    small = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(np.asarray(encoded).tobytes())
