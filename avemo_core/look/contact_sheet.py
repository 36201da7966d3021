"""The contact sheet: pictures evenly in time with their faces, and below them level and faces along the clip.

title                                   |  which clip, which streams
picture  picture  picture  picture      |  the nearest to evenly spaced times, each with its own
picture  picture  picture  picture      |
____▁▂▅▃▁______▂▇▅▂____________          |  level of the sound in dBFS; a tick where each picture is from
0 ----------    ------                  |  a line for each face track, where it was seen
0:00      0:05      0:10                |  the file's clock
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy import ndarray

from avemo_core.figures import style
from avemo_core.look.drawing import colour_of
from avemo_core.look.moments import Moment
from avemo_core.media.sound import Sound
from schemas.audio import SAMPLE_RATE_HZ

WIDTH_IN: Final = 13.0
MARGIN_IN: Final = 0.35
GAP_IN: Final = 0.12
CAPTION_IN: Final = 0.24
TITLE_IN: Final = 0.95
LEVEL_IN: Final = 1.25
LANE_IN: Final = 0.16
AXIS_IN: Final = 0.55
LABEL_IN: Final = 0.55
"""Left of the strips, for their labels."""
CELLS: Final = ((1.2, 4, 16), (0.8, 5, 15), (0.0, 8, 16))
"""From this width over height on: so many pictures in a row, and so many at most."""
MAX_LANES: Final = 8
"""More tracks than this are named by their number alone."""
FLOOR_DB: Final = -60.0
"""Below this a step counts as silent (avemo_core.audio.energy)."""
LEVEL_STEPS: Final = 1600
"""Values of the level along the sheet, about one a pixel."""
TICKS: Final = 12
"""Most ticks of the time line."""
MIN_STEP_S: Final = 0.01
_INK: Final = "#1c2127"
_FAINT: Final = "#4a535d"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Strips:
    """What is drawn below the pictures."""

    start_s: float
    stop_s: float
    sound: Sound | None
    tracks: Mapping[int, Float[ndarray, " seen"]]
    """Each track's pictures: their times."""
    frame_s: float
    """From picture to picture, about."""


def cells_for(width: int, height: int) -> tuple[int, int]:
    """How many pictures of this shape stand in a row, and how many there are at most."""
    return next((columns, most) for aspect, columns, most in CELLS if width >= aspect * height)


def cell_width_px(columns: int) -> int:
    """How wide a picture is drawn."""
    return round(_cell_in(columns) * style.PNG_DPI)


def even_times_s(start_s: float, stop_s: float, count: int) -> list[float]:
    """The middles of so many equal parts of the range."""
    return [start_s + (stop_s - start_s) * (place + 0.5) / count for place in range(count)]


def contact_sheet(title: str, facts: Sequence[str], moments: Sequence[Moment], columns: int, strips: Strips) -> bytes:
    """The sheet as a PNG.

    Args:
        title: the clip's name.
        facts: lines below it.
        moments: the pictures, with their faces drawn in, all of one size, `cell_width_px` wide; none where there are no pictures.
        columns: pictures in a row.
        strips: what is drawn below them.
    """
    lanes = sorted(strips.tracks, key=lambda track: -len(strips.tracks[track]))[:MAX_LANES]
    rows = -(-len(moments) // columns)
    cell_in = _cell_in(columns)
    picture_in = moments[0].bgr.shape[0] / style.PNG_DPI if moments else 0.0
    lanes_in = LANE_IN * (len(lanes) + 0.5) if lanes else 0.0
    height_in = TITLE_IN + rows * (picture_in + CAPTION_IN + GAP_IN) + 0.2 + LEVEL_IN + lanes_in + AXIS_IN
    sheet = _Sheet(Figure(figsize=(WIDTH_IN, height_in), dpi=style.PNG_DPI), height_in)
    sheet.write_title(title, facts)
    for place, moment in enumerate(moments):
        row, column = divmod(place, columns)
        sheet.add_picture(moment, MARGIN_IN + column * (cell_in + GAP_IN), TITLE_IN + row * (picture_in + CAPTION_IN + GAP_IN))
    level = sheet.add_strip(AXIS_IN + lanes_in, LEVEL_IN)
    _draw_level(level, strips, [moment.time_s for moment in moments])
    lowest = level
    if lanes:
        lowest = sheet.add_strip(AXIS_IN, lanes_in)
        _draw_lanes(lowest, strips, lanes)
        level.tick_params(axis="x", labelbottom=False, length=0)
    _draw_time(lowest, strips.stop_s - strips.start_s)
    for axes in {level, lowest}:
        axes.set_xlim(strips.start_s, max(strips.stop_s, strips.start_s + MIN_STEP_S))
    return style.png(sheet.figure)


def _cell_in(columns: int) -> float:
    return (WIDTH_IN - 2 * MARGIN_IN - (columns - 1) * GAP_IN) / columns


class _Sheet:
    """A figure whose parts are placed in inches; x from the left, y from the top for what hangs there, else from the bottom."""

    def __init__(self, figure: Figure, height_in: float) -> None:
        self.figure, self._height_in = figure, height_in

    def write_title(self, title: str, facts: Sequence[str]) -> None:
        self._write(title, MARGIN_IN, 0.42, 15, weight="bold")
        for place, line in enumerate(facts):
            self._write(line, MARGIN_IN, 0.65 + 0.18 * place, 9, colour=_FAINT)

    def add_picture(self, moment: Moment, left_in: float, top_in: float) -> None:
        height_px = moment.bgr.shape[0]
        rgb = cv2.cvtColor(np.ascontiguousarray(moment.bgr), cv2.COLOR_BGR2RGB)
        # Pixel for pixel; the offset is that of the lower left corner.
        self.figure.figimage(
            rgb, round(left_in * style.PNG_DPI), round((self._height_in - top_in) * style.PNG_DPI) - height_px, origin="upper", zorder=1
        )
        self._write(clock_text(moment.time_s, 2), left_in, top_in + height_px / style.PNG_DPI + 0.16, 9)

    def add_strip(self, bottom_in: float, height_in: float) -> Axes:
        left_in = MARGIN_IN + LABEL_IN
        axes = self._axes(left_in, bottom_in, WIDTH_IN - MARGIN_IN - left_in, height_in)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(style.GREY)
        axes.tick_params(colors=_INK, labelsize=8, color=style.GREY)
        return axes

    def _axes(self, left_in: float, bottom_in: float, width_in: float, height_in: float) -> Axes:
        shares = (left_in / WIDTH_IN, bottom_in / self._height_in, width_in / WIDTH_IN, height_in / self._height_in)
        return self.figure.add_axes(shares)

    def _write(self, text: str, left_in: float, down_in: float, size: int, *, colour: str = _INK, weight: str = "normal") -> None:
        x, y = left_in / WIDTH_IN, 1 - down_in / self._height_in
        self.figure.text(x, y, text, va="baseline", size=size, color=colour, weight=weight)


def _draw_level(axes: Axes, strips: Strips, picture_times_s: Sequence[float]) -> None:
    axes.set_ylim(FLOOR_DB, 6)
    axes.set_yticks([-40, -20, 0])
    axes.set_ylabel("level (dBFS)", fontsize=8, color=_INK)
    axes.grid(axis="y", color="#e4e7ea", linewidth=0.6)
    axes.set_axisbelow(True)
    if strips.sound is None:
        axes.text(0.5, 0.5, "no sound", transform=axes.transAxes, ha="center", va="center", color=style.GREY, fontsize=10)
    else:
        times_s, level_db = level_of(strips.sound, (strips.stop_s - strips.start_s) / LEVEL_STEPS)
        axes.fill_between(times_s, FLOOR_DB, np.clip(level_db, FLOOR_DB, 6), step="mid", color=style.BLUE, alpha=0.85, linewidth=0)
    axes.plot(picture_times_s, np.full(len(picture_times_s), 3.0), "v", color=_INK, markersize=4, clip_on=False)


def _draw_lanes(axes: Axes, strips: Strips, lanes: Sequence[int]) -> None:
    for place, track in enumerate(lanes):
        bars = stretches(strips.tracks[track], strips.frame_s)
        axes.broken_barh([(start_s, stop_s - start_s) for start_s, stop_s in bars], (place - 0.32, 0.64), color=colour_of(track))
    axes.set_ylim(len(lanes) - 0.5, -1)
    axes.set_yticks(range(len(lanes)), [f"face {track}" for track in lanes])
    axes.tick_params(axis="y", length=0)
    hidden = len(strips.tracks) - len(lanes)
    if hidden:
        axes.text(1, 1, f"and {hidden} more tracks", transform=axes.transAxes, ha="right", va="bottom", color=style.GREY, fontsize=8)


def _draw_time(axes: Axes, length_s: float) -> None:
    decimals = 0 if length_s >= TICKS else 1 if length_s >= TICKS / 10 else 2
    axes.xaxis.set_major_locator(MaxNLocator(TICKS, steps=[1, 2, 3, 5, 6, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda time_s, _: clock_text(time_s, decimals)))
    axes.set_xlabel("time on the file's clock", fontsize=8, color=_INK)


def level_of(sound: Sound, step_s: float) -> tuple[Float[ndarray, " t"], Float[ndarray, " t"]]:
    """Middle (s) and level of each step: RMS in dB, full scale being 0; digital silence is far below -60.

    Args:
        sound: the sound.
        step_s: length of a step; at least 10 ms.
    """
    width = max(round(max(step_s, MIN_STEP_S) * SAMPLE_RATE_HZ), 1)
    starts = np.arange(0, len(sound.samples), width)
    power = np.add.reduceat(np.square(sound.samples, dtype=np.float64), starts) / np.diff(np.append(starts, len(sound.samples)))
    return sound.start_s + (starts + width / 2) / SAMPLE_RATE_HZ, 10 * np.log10(np.maximum(power, 1e-20))


def stretches(times_s: Float[ndarray, " seen"], frame_s: float) -> list[tuple[float, float]]:
    """From when to when something was seen without a break, which is more than two pictures' length.

    Args:
        times_s: times of the pictures in which it was seen, rising.
        frame_s: how long a picture is shown.
    """
    breaks = np.flatnonzero(np.diff(times_s) > 2 * frame_s) + 1
    return [(float(part[0]), float(part[-1]) + frame_s) for part in np.split(times_s, breaks) if len(part)]


def clock_text(time_s: float, decimals: int) -> str:
    """A time as minutes and seconds."""
    minutes, seconds_s = divmod(round(time_s, decimals), 60)
    return f"{minutes:.0f}:{seconds_s:0{2 + bool(decimals) + decimals}.{decimals}f}"
