"""MP4 edit lists, where FFmpeg does not do what they say.

A track's edit list says which stretch of its media is played, and when (ISO/IEC 14496-12, 8.6.6). Of most files FFmpeg follows it. Where
the stretch of a picture track does not begin with a picture, it does not: it gives the first picture in it the time of its beginning.

    composition times    33  67  100  133 ...  3300          the first picture comes up 33 ms after the media begins
    edit list            from media time 0, for 3303 ms      so all are played, the first one 33 ms after the start of the sound
    FFmpeg               0  33  67  100 ...                  33 ms early, and the last one is lost

    composition times    1240  1280  1320  1360 ...          a file that was cut at 1300 ms without encoding it anew
    edit list            from media time 1300                so the first picture that comes up does so after 20 ms
    FFmpeg                           0     40   80           20 ms early

The first kind is written by Adobe's encoders; all videos of RAVDESS are such files. Both are opened without FFmpeg's reading of edit lists,
and this module says when each track's media is played.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
from numpy import ndarray

MAX_BOX_BYTES: Final = 64 * 2**20
"""A larger moov is read by nobody here; FFmpeg's reading holds."""
MAX_ENTRIES: Final = 1000
MAX_SAMPLES: Final = 10_000_000
_LEAVES: Final = {b"mdhd", b"hdlr", b"elst", b"stts", b"ctts"}
_CONTAINERS: Final = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """What a track's edit list says: its media from `media_s` on is played from `start_s` on, for `length_s`."""

    media_s: float
    start_s: float
    length_s: float

    @property
    def shift_s(self) -> float:
        """From the track's media time to when it is played."""
        return self.start_s - self.media_s


def misread(file: BinaryIO) -> dict[int, Edit]:
    """The edits of all tracks, by their place in the file, where FFmpeg misreads one of them; else nothing.

    The file is left where it was. A file that is no MP4, or whose boxes are broken, has none: FFmpeg will say what is wrong with it.
    """
    place = file.tell()
    try:
        tracks = [_Track.of(boxes) for boxes in _tracks(file)]
    except (struct.error, ValueError, LookupError, OverflowError):
        return {}
    finally:
        file.seek(place)
    if not any(track.is_misread for track in tracks) or any(track.edit is None for track in tracks):
        return {}
    return {place: track.edit for place, track in enumerate(tracks) if track.edit is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Track:
    edit: Edit | None
    """None where it has several, or one at another speed: FFmpeg's reading is the better one then."""
    is_misread: bool

    @classmethod
    def of(cls, boxes: dict[bytes, bytes]) -> _Track:
        scale = _timescale(boxes[b"mdhd"])
        if b"elst" not in boxes:
            return cls(edit=Edit(media_s=0.0, start_s=0.0, length_s=float("inf")), is_misread=False)
        edits = list(_edits(boxes[b"elst"]))
        empty = [length for length, media, _ in edits[:1] if media == -1]
        played = edits[len(empty) :]
        if len(played) != 1 or played[0][2] != 1 or played[0][1] < 0:
            return cls(edit=None, is_misread=False)
        length, media, _ = played[0]
        movie_scale = _timescale(boxes[b"mvhd"])
        edit = Edit(media_s=media / scale, start_s=sum(empty) / movie_scale, length_s=length / movie_scale or float("inf"))
        times = _composition_times(boxes)  # none in a file of fragments
        return cls(edit=edit, is_misread=boxes[b"hdlr"][8:12] == b"vide" and len(times) > 0 and media not in times)


def _composition_times(boxes: dict[bytes, bytes]) -> ndarray:
    """When each picture comes up, in the track's ticks: times of decoding by stts, and the offsets of ctts."""
    durations = _runs(boxes[b"stts"])
    times: ndarray = np.cumsum(durations) - durations
    offsets = _runs(boxes[b"ctts"])[: len(times)] if b"ctts" in boxes else np.zeros(0, np.int64)
    times[: len(offsets)] += offsets
    return times


def _runs(box: bytes) -> ndarray:
    """The values of a table of runs: how many times, and what."""
    count = struct.unpack_from(">I", box, 4)[0]
    runs = np.frombuffer(box, ">i4", 2 * count, 8).reshape(-1, 2).astype(np.int64)
    if len(runs) and not 0 <= runs[:, 0].sum() <= MAX_SAMPLES:
        raise ValueError("a table of more pictures than a day has")
    values: ndarray = np.repeat(runs[:, 1], runs[:, 0])
    return values


def _edits(box: bytes) -> Iterator[tuple[int, int, int]]:
    """Length in the movie's ticks, media time in the track's, whole part of the speed."""
    version, count = box[0], struct.unpack_from(">I", box, 4)[0]
    form = struct.Struct(">Qqi" if version == 1 else ">Iii")
    if count > MAX_ENTRIES:
        raise ValueError(f"{count} edits")
    for index in range(count):
        length, media, speed = form.unpack_from(box, 8 + index * form.size)
        yield length, media, speed >> 16


def _timescale(box: bytes) -> int:
    """Ticks a second, of mdhd and mvhd, which begin alike."""
    scale = struct.unpack_from(">I", box, 20 if box[0] == 1 else 12)[0]
    if not scale:
        raise ValueError("a clock of 0 ticks a second")
    return int(scale)


def _tracks(file: BinaryIO) -> Iterator[dict[bytes, bytes]]:
    """The boxes of each track that are asked for here, with the movie's header among them."""
    moov = _moov(file)
    header = dict[bytes, bytes]()
    for kind, start, stop in _boxes(moov, 0, len(moov)):
        if kind == b"mvhd":
            header[kind] = moov[start:stop]
        elif kind == b"trak":
            yield {**header, **_leaves(moov, start, stop)}


def _leaves(content: bytes, start: int, stop: int) -> dict[bytes, bytes]:
    found = dict[bytes, bytes]()
    for kind, inner, end in _boxes(content, start, stop):
        if kind in _CONTAINERS:
            found = {**_leaves(content, inner, end), **found}  # QuickTime has a second hdlr further in, of another thing
        elif kind in _LEAVES:
            found[kind] = content[inner:end]
    return found


def _boxes(content: bytes, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the content of each box in a stretch."""
    while start + 8 <= stop:
        size, kind = struct.unpack_from(">I4s", content, start)
        inner = start + 8
        if size == 1:
            size, inner = struct.unpack_from(">Q", content, inner)[0], inner + 8
        end = stop if size == 0 else start + size
        if not inner <= end <= stop:
            raise ValueError(f"a box {kind!r} of {size} bytes that ends outside the one around it")
        yield kind, inner, end
        start = end


def _moov(file: BinaryIO) -> bytes:
    """The content of the file's moov box; empty where there is none."""
    file.seek(0)
    while len(head := file.read(16)) >= 8:
        size, kind = struct.unpack_from(">I4s", head)
        skip = 8
        if size == 1 and len(head) == 16:
            size, skip = struct.unpack_from(">Q", head, 8)[0], 16
        if kind == b"moov" and size == 0:  # to the file's end
            size = skip + MAX_BOX_BYTES
        if size < skip or not kind.isalnum():
            return b""  # the last box, or no MP4 at all
        if kind == b"moov":
            if size - skip > MAX_BOX_BYTES:
                raise ValueError(f"a moov of {size} bytes")
            file.seek(skip - len(head), 1)
            return file.read(size - skip)
        file.seek(size - len(head), 1)
    return b""
