"""Pictures and sounds of absurd size: a few bytes that ask for gigabytes."""

import struct
import zlib

import numpy as np

from tests.avemo_core.media.hostile import clips


def gif() -> bytes:
    """A GIF of 65,535 x 65,535 pixels: header and frames agree."""
    data = bytearray(clips.clip("gif"))
    data[6:10] = struct.pack("<HH", 0xFFFF, 0xFFFF)
    return bytes(data).replace(b"\x2c\0\0\0\0" + struct.pack("<HH", 64, 48), b"\x2c\0\0\0\0" + struct.pack("<HH", 0xFFFF, 0xFFFF))


def apng() -> bytes:
    """An animated PNG of 200 million pixels."""
    data = clips.clip("apng")
    start = data.index(b"IHDR")
    header = b"IHDR" + struct.pack(">II", 40_000, 5_000) + data[start + 12 : start + 17]
    return data[:start] + header + struct.pack(">I", zlib.crc32(header)) + data[start + 21 :]


def jpegs() -> bytes:
    """A QuickTime movie whose header is modest, and whose JPEGs are 65,500 pixels wide and high."""
    return _jpegs(clips.clip("mov"))


def avi() -> bytes:
    """An AVI whose headers say 60,000 x 60,000 pixels."""
    return clips.clip("avi.mjpeg").replace(struct.pack("<II", 64, 48), struct.pack("<II", 60_000, 60_000))


def raw() -> bytes:
    """A header of uncompressed video of 100,000 x 100,000 pixels."""
    return b"YUV4MPEG2 W100000 H100000 F25:1 C420\nFRAME\n" + bytes(4096)


def transport_stream() -> bytes:
    """An honest MPEG transport stream of pictures beyond 8K, whose size stands in the video itself only."""
    return clips.clip("mpegts", seconds=0.04, width=9000, height=4400)


def channels() -> bytes:
    """A WAV of 65,535 channels."""
    data = bytearray(clips.clip("wav"))
    at = data.index(b"fmt ") + 10
    data[at : at + 2] = b"\xff\xff"
    return bytes(data)


def loud() -> bytes:
    """A WAV of floating-point samples that reach 1e38."""
    data = clips.clip("wav.float")
    start = data.index(b"data") + 8
    samples = np.frombuffer(data[start:], np.float32)
    return data[:start] + np.where(samples > 0, 1e38, -1e38).astype(np.float32).tobytes()


def slow_samples() -> bytes:
    """A WAV of one sample a second: 19,200 of them would last five hours, and take a gigabyte at 16 kHz."""
    return _rate(1)


def fast_samples() -> bytes:
    """A WAV of two billion samples a second."""
    return _rate(0x7FFFFFFF)


def chunk() -> bytes:
    """A WAV whose list of tags claims two gigabytes."""
    data = bytearray(clips.clip("wav"))
    at = data.index(b"LIST") + 4
    data[at : at + 4] = struct.pack("<I", 0x7FFFFFF0)
    at = data.index(b"ISFT") + 4
    data[at : at + 4] = struct.pack("<I", 0x7FFFFF00)
    return bytes(data)


def _rate(rate_hz: int) -> bytes:
    data = bytearray(clips.clip("wav"))
    at = data.index(b"fmt ") + 12
    data[at : at + 4] = struct.pack("<I", rate_hz)
    return bytes(data)


def _jpegs(data: bytes) -> bytes:
    frame_header = b"\xff\xc0\x00\x11\x08"
    return data.replace(frame_header + struct.pack(">HH", 48, 64), frame_header + struct.pack(">HH", 65_500, 65_500))
