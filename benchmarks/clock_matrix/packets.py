"""Files whose packets were tampered with: what recorders, editors and transmission do, written by PyAV without encoding anew."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np

from clock_matrix import film

Change = Callable[[int, str, float], float | None]
"""Takes a packet's number within its stream, the stream's type and its time from the file's start in seconds; gives by how much its
stamp moves, in seconds, or None to leave the packet out."""
HEADROOM_S: Final = 0.1
"""Decode stamps come so much earlier, for no stamp may come before its packet's decode stamp."""
AT_S: Final = 1.6
"""Between the clicks: the first one is as it was."""


def changed(source: Path, out: Path, format_: str, change: Change, headroom_s: float = HEADROOM_S) -> Path:
    """The source with its packets changed; decode stamps stay in order, so that every container takes them."""
    with av.open(str(source)) as read, av.open(str(out), "w", format=format_) as file:
        streams = {stream.index: file.add_stream_from_template(stream) for stream in (read.streams.video[0], read.streams.audio[0])}
        numbers = dict.fromkeys(streams, 0)
        start_s = (read.start_time or 0) / av.time_base
        for packet in read.demux(list(read.streams.video[:1]) + list(read.streams.audio[:1])):
            if packet.dts is None or packet.pts is None:
                continue
            index, base = packet.stream.index, packet.time_base or Fraction(1, 1000)
            moved_s = change(numbers[index], packet.stream.type, float(packet.pts * base) - start_s)
            numbers[index] += 1
            if moved_s is None:
                continue
            packet.dts -= round(headroom_s / base)
            packet.pts = max(packet.pts + round(moved_s / base), packet.dts)
            packet.stream = streams[index]
            file.mux(packet)
    return out


def lost(first_s: float = AT_S, count: int = 3) -> Change:
    """So many packets of sound are missing."""
    left = [count]

    def change(_number: int, kind: str, time_s: float) -> float | None:
        if kind == "audio" and time_s >= first_s and left[0]:
            left[0] -= 1
            return None
        return 0.0

    return change


def once(kind: str, late_s: float, first_s: float = AT_S) -> Change:
    """One packet's stamp is late; the next one's is right."""
    left = [1]

    def change(_number: int, of: str, time_s: float) -> float:
        if of == kind and time_s >= first_s and left[0]:
            left[0] = 0
            return late_s
        return 0.0

    return change


def jittered(kind: str, most_s: float = 0.02) -> Change:
    """Every stamp but the first is off by chance, evenly to both sides."""
    draw = np.random.default_rng(1)
    return lambda number, of, _time_s: float(draw.uniform(-most_s, most_s)) if of == kind and number else 0.0


def without_edit(source: Path, out: Path) -> float:
    """An MP4 whose picture's edit list starts at media time 0, before its first picture, as Adobe's encoders write it.

    Returns:
        Seconds by which the pictures come later than without the change, by ISO/IEC 14496-12.
    """
    content = bytearray(source.read_bytes())
    track = content.find(b"vmhd")
    start = content.rfind(b"trak", 0, track)
    entry = content.find(b"elst", start, track) + 4 + 4 + 4
    media_time = int.from_bytes(content[entry + 4 : entry + 8], "big")
    content[entry + 4 : entry + 8] = bytes(4)
    scale_at = content.find(b"mdhd", start, track) + 4 + 4 + 8
    out.write_bytes(content)
    return media_time / int.from_bytes(content[scale_at : scale_at + 4], "big")


FRAME_S: Final = 1 / film.FPS
