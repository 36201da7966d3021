"""Recordings that are endless, or that lie about how long they are."""

import io
import struct
from fractions import Fraction

import av
import numpy as np

from tests.avemo_core.media.hostile import clips


def silence(seconds: int, rate_hz: int = 8_000) -> bytes:
    """Digital silence: an hour of it is a few kilobytes."""
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=rate_hz, layout="mono")
        for place in range(seconds):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, rate_hz), np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts = rate_hz, place * rate_hz
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def still(seconds: int) -> bytes:
    """One picture a second, always the same."""
    return _pictures(range(0, seconds * 1000, 1000))


def restless(pictures: int) -> bytes:
    """Pictures a millisecond apart."""
    return _pictures(range(pictures))


def leaping() -> bytes:
    """A picture whose stamp is eleven days late, among honest ones."""
    return _pictures([*range(0, 600, 40), 10**9, *range(600, 1200, 40)])


def backwards() -> bytes:
    """Stamps that start over in the middle."""
    return _pictures([*range(0, 800, 40), *range(0, 800, 40)])


def stuck() -> bytes:
    """Stamps that all say the same."""
    return _pictures([0] * 30)


def late() -> bytes:
    """A recording whose clock starts three hours in."""
    return _pictures(range(10_800_000, 10_801_200, 40))


def claims(seconds: int) -> bytes:
    """An MP4 of 1.2 s whose movie, track and media headers all say something else."""
    data = clips.clip("mp4")
    for box, at in ((b"mvhd", 16), (b"tkhd", 20), (b"mdhd", 16)):
        data = _overwritten(data, box, 4 + at, seconds * 1000)
    return data


def claims_matroska(seconds: float) -> bytes:
    """A Matroska file of 1.2 s whose header says something else."""
    return clips.clip("mkv").replace(b"\x44\x89\x88" + struct.pack(">d", 1200.0), b"\x44\x89\x88" + struct.pack(">d", seconds * 1000))


def _pictures(stamps_ms: "range | list[int]") -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuvj420p"
        frame = av.VideoFrame.from_ndarray(clips.bar(0, 32, 32)).reformat(format="yuvj420p")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        (packet,) = stream.encode(frame)
        picture = bytes(packet)
        for place, stamp_ms in enumerate(stamps_ms):
            container.mux(_packet(picture, stream, place, stamp_ms))
    return file.getvalue()


def _packet(picture: bytes, stream: av.VideoStream, place: int, stamp_ms: int) -> av.Packet:
    packet = av.Packet(picture)
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    # Writers hold the order of decoding to be sacred; that of showing is nobody's business.
    packet.pts, packet.dts = stamp_ms, place - 100_000
    packet.is_keyframe = True
    return packet


def _overwritten(data: bytes, box: bytes, offset: int, value: int) -> bytes:
    changed, at = bytearray(data), data.find(box)
    while at >= 0:
        changed[at + offset : at + offset + 4] = struct.pack(">I", value)
        at = data.find(box, at + 1)
    return bytes(changed)
