"""The special cells: what goes wrong with clocks in the wild."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import av

from clock_matrix import film, packets, pairs
from clock_matrix.cells import Cell, clicks_s
from clock_matrix.writers import NotWritten, Program, encoding, file_name

JOINED, LONG = 8, 4
"""Periods of the film."""
FROM_S: Final = 10.0
LATE_S: Final = 0.32
WRAP_S: Final = 2**33 / 90_000
"""Where a transport stream's clock starts anew."""
RATES_HZ: Final = (8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 96_000, 192_000)
HOLE: Final = "not(between(n,38,57))"
"""No pictures for 0.8 s."""
SPARSE: Final = "eq(n,0)+eq(n,25)+eq(n,60)+not(mod(n,3))*lt(n,50)+not(mod(n,2))*gte(n,50)"
"""Each third, later each second picture, and the flashes."""

Made = Iterator[Cell]


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """What a special cell is made with."""

    program: Program
    folder: Path
    """The writer's own."""
    raw_folder: Path
    encoders: frozenset[str]

    def path(self, name: str, extension: str) -> Path:
        """Where a cell's file goes."""
        return self.folder / file_name(name, extension)

    def cell(self, name: str, path: Path, **truth: object) -> Cell:
        """A cell with its truth."""
        return Cell(name=name, writer=self.program.name, path=f"{self.folder.name}/{path.name}", **truth)  # type: ignore[arg-type]

    def encoded(
        self, name: str, pair: str, *, before_picture: tuple[str, ...] = (), before_sound: tuple[str, ...] = (), more: tuple[str, ...] = (),
        periods: int = 1, rate_hz: int | None = None,
    ) -> Path:  # fmt: skip
        """The film as a pair of the matrix, with more arguments."""
        found = next(each for each in pairs.pairs() if each.name == pair)
        if rate_hz is not None:
            found = replace(found, audio=replace(found.audio, rate_hz=rate_hz))
        raw = film.raw(self.raw_folder, periods, rate_hz or film.RATE_HZ)
        inputs = raw.inputs(*before_picture, before_sound=before_sound)
        return self.program(*inputs, *encoding(found, self.encoders), *more, out=self.path(name, found.extension))

    def source(self, pair: str) -> Path:
        """The plain cell of that pair.

        Raises:
            NotWritten: this writer has not got it.
        """
        found = next(each for each in pairs.pairs() if each.name == pair)
        path = self.path(pair, found.extension)
        return path if path.exists() else self.encoded(pair, pair)


def joined(bench: Workbench) -> Made:
    """Eight MP4 one after the other by `-f concat -c copy`: each brings its encoder's delay along."""
    for pair in ("mp4 h264b+aac", "mp4 h264+aac"):
        name = f"mp4 {pair.split()[1]}, eight joined"
        listed = bench.path(name, "txt")
        listed.write_text(f"file '{bench.source(pair).resolve()}'\n" * JOINED)
        path = bench.program("-f", "concat", "-safe", "0", "-i", listed, "-c", "copy", out=bench.path(name, "mp4"))
        yield bench.cell(name, path, clicks_s=clicks_s(JOINED), is_numbered=False)


def lost_packets(bench: Workbench) -> Made:
    """Three packets of AAC did not arrive."""
    for container, format_ in (("mkv", "matroska"), ("mp4", "mp4"), ("ts", "mpegts")):
        name = f"{container} h264+aac, three packets of sound lost"
        path = packets.changed(bench.source(f"{container} h264+aac"), bench.path(name, container), format_, packets.lost(), headroom_s=0.0)
        yield bench.cell(name, path)


def wrong_stamps(bench: Workbench) -> Made:
    """Stamps of one packet, or of all a little, that are wrong."""
    changes = {
        "one packet of sound +0.5 s": lambda: packets.once("audio", 0.5),
        "stamps of sound off by up to 20 ms": lambda: packets.jittered("audio"),
        "a picture stamped like the next": lambda: packets.once("video", packets.FRAME_S),
        "one picture +3 s": lambda: packets.once("video", 3.0),
    }
    for container, format_ in (("mkv", "matroska"), ("ts", "mpegts")):
        for what, change in changes.items():
            name = f"{container} h264+aac, {what}"
            path = packets.changed(bench.source(f"{container} h264+aac"), bench.path(name, container), format_, change())
            yield bench.cell(name, path)


def end_to_end(bench: Workbench) -> Made:
    """`cat a a`: the stamps start anew in the middle."""
    for pair, extension in (("ts h264b+aac", "ts"), ("vob mpeg2+ac3", "vob"), ("ps mpeg2+mp2", "mpg")):
        name = f"{pair}, cat of two"
        path = bench.path(name, extension)
        path.write_bytes(2 * bench.source(pair).read_bytes())
        yield bench.cell(name, path, clicks_s=clicks_s(2), is_numbered=False)


def ranges(bench: Workbench) -> Made:
    """Long files, whole and from 10 s on."""
    for pair in ("vob mpeg2+ac3", "mp4 h264b+aac", "mkv h264b+aac", "ts h264b+aac", "avi mpeg4+mp3", "avi h264b+pcm"):
        name = f"{pair}, {LONG * film.PERIOD_S:.1f} s"
        path = bench.encoded(name, pair, periods=LONG)
        yield bench.cell(name, path, clicks_s=clicks_s(LONG))
        yield bench.cell(f"{name}, from {FROM_S:.0f} s", path, clicks_s=clicks_s(LONG, after_s=FROM_S + 0.1), start_s=FROM_S)


def uneven(bench: Workbench) -> Made:
    """Variable rate, and a hole of 0.8 s."""
    for pair in ("avi h264+pcm", "avi h264b+pcm", "avi mpeg4b+pcm", "mp4 h264b+aac", "mkv h264b+aac", "ts h264b+aac"):
        for what, chosen in (("variable rate", SPARSE), ("hole of 0.8 s", HOLE)):
            name = f"{pair}, {what}"
            yield bench.cell(name, bench.encoded(name, pair, more=("-vf", f"select='{chosen}'", "-fps_mode", "vfr")))


def delayed_picture(bench: Workbench) -> Made:
    """The picture starts eight frames, 0.32 s, after the sound."""
    for pair in ("ps mpeg2+mp2", "vob mpeg2+ac3", "ts h264b+aac", "mp4 h264b+aac", "mkv h264b+aac"):
        name = f"{pair}, picture {LATE_S} s late"
        path = bench.encoded(name, pair, before_picture=("-itsoffset", str(LATE_S)), more=("-fps_mode", "passthrough"))
        yield bench.cell(name, path, clicks_s=clicks_s(flash_late_s=LATE_S))


def delayed_sound(bench: Workbench) -> Made:
    """The sound starts later than the picture."""
    for pair in ("mp4 h264b+aac", "mkv h264b+aac", "ts h264b+aac", "flv h264b+aac"):
        for late_s in (0.05, 0.5, 1.5):
            name = f"{pair}, sound {late_s} s late"
            path = bench.encoded(name, pair, before_sound=("-itsoffset", str(late_s)))
            yield bench.cell(name, path, clicks_s=clicks_s(chirp_late_s=late_s))


def edit_lists(bench: Workbench) -> Made:
    """Edit lists that FFmpeg does not write by itself, and cuts that it makes with them."""
    name = "mp4 h264b+aac, edit list from media time 0"
    path = bench.path(name, "mp4")
    late_s = packets.without_edit(bench.source("mp4 h264b+aac"), path)
    yield bench.cell(name, path, clicks_s=clicks_s(flash_late_s=late_s))
    for pair, extension in (("mp4 h264b+aac", "mp4"), ("mov h264b+aac", "mov")):
        name = f"{pair}, -ss 1.3 -c copy"
        path = bench.program("-ss", "1.3", "-i", bench.source(pair), "-c", "copy", out=bench.path(name, extension))
        yield bench.cell(name, path, clicks_s=clicks_s(flash_late_s=-1.3, chirp_late_s=-1.3, after_s=1.3))


def late_clocks(bench: Workbench) -> Made:
    """A transport stream ten hours after its start, and one whose clock turns over between the clicks."""
    for pair in ("ts h264b+aac", "ts mpeg2+mp2"):
        for what, start_s in (("after ten hours", 36_000.0), ("clock turns over", WRAP_S - 3.1)):
            name = f"{pair}, {what}"
            path = bench.encoded(name, pair, more=("-output_ts_offset", f"{start_s:.4f}"))
            yield bench.cell(name, path)


def rates(bench: Workbench) -> Made:
    """Sound at 8 to 192 kHz."""
    for rate_hz in RATES_HZ:
        for pair in ("mkv h264b+pcm", "mp4 h264b+aac"):
            name = f"{pair}, {rate_hz / 1000:g} kHz"
            if pair.endswith("aac") and rate_hz > 96_000:
                continue
            yield bench.cell(name, bench.encoded(name, pair, rate_hz=rate_hz))


ALL: Final[tuple[Callable[[Workbench], Made], ...]] = (
    joined,
    lost_packets,
    wrong_stamps,
    end_to_end,
    ranges,
    uneven,
    delayed_picture,
    delayed_sound,
    edit_lists,
    late_clocks,
    rates,
)


def made(bench: Workbench, report: Callable[[str], None]) -> Made:
    """Every special cell that this program can write; those it cannot are reported."""
    for make in ALL:
        try:
            yield from make(bench)
        except (NotWritten, av.FFmpegError) as error:
            report(f"{bench.program.name}: {make.__name__}: {error}")
