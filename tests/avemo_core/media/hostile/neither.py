"""Files that are no media at all."""

import gzip
import io
import struct
import zipfile
import zlib
from typing import Final

from tests.avemo_core.media.hostile import clips


def _zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("clip.wav", clips.clip("wav"))
    return file.getvalue()


def _compressed_header() -> bytes:
    """A QuickTime movie whose header is a zip bomb: 8 MB of zeros in 8 kB."""
    squeezed = zlib.compress(bytes(8 * 2**20), 9)
    body = _box(b"cmov", _box(b"dcom", b"zlib") + _box(b"cmvd", struct.pack(">I", 0x7FFFFFFF) + squeezed))
    return _box(b"ftyp", b"qt  \0\0\0\0qt  ") + _box(b"moov", body)


def _nested() -> bytes:
    """An MP4 of 10,000 boxes inside each other."""
    return _box(b"ftyp", b"isom\0\0\0\0isom") + b"".join(struct.pack(">I4s", 0x7FFFFFF0 - 8 * depth, b"moov") for depth in range(10_000))


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


FILES: Final = {
    "empty": b"",
    "a zero": b"\0",
    "zeros": bytes(100_000),
    "a letter": b"x",
    "text": b"The quick brown fox jumps over the lazy dog.\n" * 200,
    "numbers": b"1,2,3,4\n" * 1000,
    "a web page": b"<!DOCTYPE html><html><body><video src='http://localhost/x.mp4'></video></body></html>",
    "a zip": _zipped(),
    "a gzip": gzip.compress(clips.clip("wav")),
    "a program": b"\x7fELF\x02\x01\x01" + bytes(500),
    "a header alone": clips.clip("mp4")[:40],
    "a compressed header": _compressed_header(),
    "boxes in boxes": _nested(),
}
