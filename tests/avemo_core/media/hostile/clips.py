"""Honest little clips in many containers and codecs: what the hostile ones are made from."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from tests import scheduling

RATE_FPS: Final = 25
_QUIET: Final = {"x265-params": "log-level=none"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A container with what is inside; None: no such stream."""

    container: str
    video: str | None = None
    audio: str | None = None
    pixels: str = "yuv420p"
    rate_hz: int = 16_000
    options: Mapping[str, str] = field(default_factory=dict)


KINDS: Final = {
    "aac.adts": Kind(container="adts", audio="aac"),
    "aiff": Kind(container="aiff", audio="pcm_s16be"),
    "apng": Kind(container="apng", video="apng", pixels="rgb24"),
    "au": Kind(container="au", audio="pcm_s16be"),
    "avi": Kind(container="avi", video="mpeg4", audio="mp3"),
    "avi.mjpeg": Kind(container="avi", video="mjpeg", audio="pcm_s16le", pixels="yuvj420p"),
    "flac": Kind(container="flac", audio="flac"),
    "flv": Kind(container="flv", video="flv", audio="mp3", rate_hz=44_100),
    "gif": Kind(container="gif", video="gif", pixels="rgb8"),
    "jpeg": Kind(container="mjpeg", video="mjpeg", pixels="yuvj420p"),
    "mkv": Kind(container="matroska", video="libx264", audio="flac"),
    "mkv.ffv1": Kind(container="matroska", video="ffv1", audio="pcm_s16le", pixels="yuv444p"),
    "mov": Kind(container="mov", video="mjpeg", audio="pcm_s16le", pixels="yuvj420p"),
    "mov.rle": Kind(container="mov", video="qtrle", audio="adpcm_ima_qt", pixels="rgb24"),
    "mp3": Kind(container="mp3", audio="mp3"),
    "mp4": Kind(container="mp4", video="libx264", audio="aac"),
    "mp4.fragments": Kind(container="mp4", video="mpeg4", audio="aac", options={"movflags": "frag_keyframe+empty_moov"}),
    "mp4.hevc": Kind(container="mp4", video="libx265", audio="ac3", rate_hz=48_000),
    "mpeg": Kind(container="mpeg", video="mpeg1video", audio="mp2"),
    "mpegts": Kind(container="mpegts", video="libx264", audio="aac"),
    "mxf": Kind(container="mxf", video="mpeg2video", audio="pcm_s16le", rate_hz=48_000),
    "nut": Kind(container="nut", video="ffvhuff", audio="pcm_s16le"),
    "ogg": Kind(container="ogg", audio="libopus", rate_hz=48_000),
    "wav": Kind(container="wav", audio="pcm_s16le"),
    "wav.float": Kind(container="wav", audio="pcm_f32le", rate_hz=8_000),
    "webm": Kind(container="webm", video="libvpx-vp9", audio="libopus", rate_hz=48_000),
    "webm.av1": Kind(container="webm", video="libsvtav1", audio="libopus", rate_hz=48_000),
    "webm.vp8": Kind(container="webm", video="libvpx", audio="libopus", rate_hz=48_000),
    "wmv": Kind(container="asf", video="wmv2", audio="wmav2"),
}


@cache
def clip(name: str, *, seconds: float = 1.2, width: int = 64, height: int = 48) -> bytes:
    """The bytes of an honest clip: a bright bar that moves, and a tone."""
    kind, file = KINDS[name], io.BytesIO()
    with scheduling.kept(), av.open(file, "w", format=kind.container, options=dict(kind.options)) as container:
        picture = None if kind.video is None else container.add_stream(kind.video, rate=RATE_FPS, options=_QUIET)
        sound = None if kind.audio is None else container.add_stream(kind.audio, rate=kind.rate_hz, layout="mono", bit_rate=64_000)
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = width, height, kind.pixels
        packets = [
            *(drawn(picture, round(seconds * RATE_FPS)) if picture is not None else ()),
            *(sung(sound, seconds) if sound is not None else ()),
        ]
        for packet in sorted(packets, key=lambda packet: float((packet.dts or 0) * packet.time_base)):
            container.mux(packet)
    return file.getvalue()


def drawn(stream: VideoStream, frames: int) -> Iterator[av.Packet]:
    """So many pictures, encoded."""
    for place in range(frames):
        frame = av.VideoFrame.from_ndarray(bar(place, stream.width, stream.height)).reformat(format=stream.pix_fmt)
        frame.pts, frame.time_base = place, Fraction(1, RATE_FPS)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def sung(stream: AudioStream, seconds: float) -> Iterator[av.Packet]:
    """So much sound, encoded."""
    resampler = av.AudioResampler(format=stream.format, layout="mono", rate=stream.rate, frame_size=stream.frame_size or 1024)
    for frame in resampler.resample(tone(stream.rate, seconds)) + resampler.resample(None):
        yield from stream.encode(frame)
    yield from stream.encode(None)


def bar(place: int, width: int, height: int) -> np.ndarray:
    """A dark picture with a bright column that stands elsewhere in every frame."""
    picture = np.full((height, width, 3), 60, np.uint8)
    left = place * 5 % width
    picture[:, left : left + 8] = (200, 180, 150)
    return picture


def tone(rate_hz: int, seconds: float) -> av.AudioFrame:
    """A tone of 220 Hz at a third of full scale."""
    t_s = np.arange(round(rate_hz * seconds)) / rate_hz
    frame = av.AudioFrame.from_ndarray((np.sin(2 * np.pi * 220 * t_s) * 10_000).astype(np.int16)[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts = rate_hz, 0
    return frame
