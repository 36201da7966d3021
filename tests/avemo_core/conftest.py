from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy import ndarray
from skimage.data import astronaut

from tests import scheduling

Encode = Callable[..., Path]
CLOCK_HZ = 90_000
"""Stamps of files with a variable frame rate."""


@pytest.fixture(scope="session")
def talking() -> list[ndarray]:
    """Two seconds at 25 fps, 360x270, BGR: a portrait that drifts and nods."""
    portrait = astronaut()[:300, 40:440, ::-1]
    shifts = [(20 * np.sin(step / 9) + 20, 6 * np.cos(step / 5)) for step in range(50)]
    moves = [np.float32([[1.0, 0, -x], [0, 1.0, -y - 6]]) for x, y in shifts]
    return [cv2.warpAffine(np.ascontiguousarray(portrait), move, (360, 270), borderMode=cv2.BORDER_REPLICATE) for move in moves]


@pytest.fixture(scope="session")
def tone() -> ndarray:
    """Two seconds of 440 Hz at 48 kHz, one channel."""
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(96_000) / 48_000)).astype(np.float32)[None]


@pytest.fixture
def encode(tmp_path: Path) -> Encode:
    """A function that writes a media file: encode(name, pictures=..., sound=..., and what else FFmpeg wants to know)."""

    def write(  # noqa: PLR0913 - a clip has many sides, and tests name them
        name: str,
        *,
        pictures: Sequence[ndarray] = (),
        times_s: Sequence[float] | None = None,
        fps: int = 25,
        codec: str = "libx264",
        pix_fmt: str = "yuv420p",
        video: dict[str, Any] | None = None,
        options: dict[str, str] | None = None,
        sound: ndarray | None = None,
        sound_codec: str = "aac",
        rate_hz: int = 48_000,
        layout: str = "mono",
        sound_start_s: float = 0.0,
        rotation_deg: int = 0,
        format: str | None = None,  # noqa: A002 - PyAV's own word
    ) -> Path:
        path = tmp_path / name
        with scheduling.kept(), av.open(str(path), "w", format=format) as file:
            clock = fps if times_s is None else CLOCK_HZ
            picture_stream = _picture_stream(file, pictures[0], codec, fps, pix_fmt, video or {}, options) if len(pictures) else None
            if rotation_deg:
                picture_stream.set_display_rotation(rotation_deg)
            sound_stream = None if sound is None else file.add_stream(sound_codec, rate=rate_hz, layout=layout)
            if picture_stream is not None:
                picture_stream.codec_context.time_base = Fraction(1, clock)
            if sound_stream is not None:
                sound_stream.bit_rate = 128_000
            for frame in _video_frames(pictures, times_s or [step / fps for step in range(len(pictures))], pix_fmt, clock):
                file.mux(picture_stream.encode(frame))
            for frame in [] if sound is None else _audio_frames(sound, rate_hz, layout, sound_start_s):
                file.mux(sound_stream.encode(frame))
            for stream in filter(None, (picture_stream, sound_stream)):
                file.mux(stream.encode(None))
        return path

    return write


def _picture_stream(
    file: av.container.OutputContainer,
    first: ndarray,
    codec: str,
    fps: int,
    pix_fmt: str,
    video: dict[str, Any],
    options: dict[str, str] | None,
) -> av.VideoStream:
    stream = file.add_stream(codec, rate=fps, options=options)
    stream.height, stream.width = first.shape[:2]
    stream.pix_fmt = pix_fmt
    for name, value in video.items():
        setattr(stream.codec_context, name, value)
    return stream


def _video_frames(pictures: Sequence[ndarray], times_s: Sequence[float], pix_fmt: str, clock: int) -> Iterator[av.VideoFrame]:
    for picture, time_s in zip(pictures, times_s, strict=True):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24").reformat(format=pix_fmt)
        frame.pts, frame.time_base = round(time_s * clock), Fraction(1, clock)
        yield frame


def _audio_frames(sound: ndarray, rate_hz: int, layout: str, start_s: float) -> Iterator[av.AudioFrame]:
    for start in range(0, sound.shape[1], 1024):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[:, start : start + 1024]), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, start + round(start_s * rate_hz), Fraction(1, rate_hz)
        yield frame
