"""Write pictures and sound into one mp4 file: H.264 and AAC."""

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from jaxtyping import Float32, UInt8
from numpy import ndarray

from avemo_core.synthetic.faces.portraits import FRAME_HEIGHT_PX, FRAME_WIDTH_PX

SOUND_BLOCK = 1024
"""Samples of one AAC frame."""


def write(
    path: Path,
    pictures: Iterable[UInt8[ndarray, "row column bgr"]],
    fps: int,
    samples: Float32[ndarray, " sample"],
    sample_rate_hz: int,
) -> None:
    """Write the clip under another name first, so that a file of this name is always whole."""
    staging = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _encode(staging, pictures, fps, samples, sample_rate_hz)
        staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)


def _encode(
    path: Path,
    pictures: Iterable[UInt8[ndarray, "row column bgr"]],
    fps: int,
    samples: Float32[ndarray, " sample"],
    sample_rate_hz: int,
) -> None:
    with av.open(str(path), "w", format="mp4") as file:
        # The same pictures must give the same bytes: one thread, since x264 divides its work by threads, and a constant
        # quantizer, since the lookahead behind its rate control was seen to vary from run to run.
        video = file.add_stream("libx264", rate=fps, options={"preset": "veryfast", "qp": "22", "threads": "1"})
        video.width, video.height, video.pix_fmt = FRAME_WIDTH_PX, FRAME_HEIGHT_PX, "yuv420p"
        audio = file.add_stream("aac", rate=sample_rate_hz, layout="mono")
        for index, picture in enumerate(pictures):
            planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            file.mux(video.encode(frame))
        for block in _blocks(samples, sample_rate_hz):
            file.mux(audio.encode(block))
        file.mux(video.encode(None))
        file.mux(audio.encode(None))


def _blocks(samples: Float32[ndarray, " sample"], sample_rate_hz: int) -> Iterable[av.AudioFrame]:
    for start in range(0, len(samples), SOUND_BLOCK):
        block = np.ascontiguousarray(samples[None, start : start + SOUND_BLOCK])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = sample_rate_hz, start, Fraction(1, sample_rate_hz)
        yield frame
