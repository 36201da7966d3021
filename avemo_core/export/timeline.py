"""A video's rows as intervals that follow each other, since tiers and subtitles know no overlap.

Segments of 4 s with a stride of 2 s overlap. They are cut half way between their centres, so that every moment belongs to the
segment that sees it best:

    segments   [-------x-------)               x: centre
                   [-------x-------)
                       [-------x-------)
    intervals  [---------)[--)[--------)

What cannot be cut stands on a timeline of its own: a further face, and a clip whose range overlaps another clip's of the same video.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from avemo_core.export.predictions import Peak, Prediction

MIN_S: Final = 0.001
"""Subtitles and ELAN count milliseconds: a shorter range is shown as long as this, and so much overlap is rounding."""

Range = tuple[float, float]
"""Start and stop of a half-open range, in seconds."""

_NOT_ONE_LINE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+")
"""Control characters, line breaks, and what XML cannot hold; joiners, which scripts need, stay."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A half-open range of a video, and the row that is seen there."""

    start_s: float
    stop_s: float
    row: Prediction
    speaker: str
    """The subject; `clip#k` of a face beside the main one, and of one of several whose subject is unknown; else empty."""

    @property
    def peaks(self) -> tuple[Peak, ...]:
        """The row's peaks within the interval."""
        return tuple(peak for peak in self.row.peaks if self.start_s <= peak.time_s < self.stop_s)


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """Intervals that do not overlap, in the order of time."""

    suffix: str
    """What the names of its tiers end with: empty where the video has one timeline, else @1, @2 and so on."""
    intervals: tuple[Interval, ...]


def timelines_of(rows: Sequence[Prediction]) -> tuple[Timeline, ...]:
    """The timelines of one video; a row whose range is no number is on none."""
    rows = [row for row in rows if math.isfinite(row.start_s) and math.isfinite(row.stop_s)]
    faces: dict[str, set[int | None]] = defaultdict(set)
    for row in rows:
        faces[row.source_id].add(row.face)
    has_several = {source for source, found in faces.items() if len(found) > 1}
    layers = _layers(rows)
    lines: dict[tuple[int, int], list[Prediction]] = defaultdict(list)
    for row in rows:
        lines[layers[row.source_id], row.face or 0].append(row)
    return tuple(
        Timeline(suffix=f"@{place}" if len(lines) > 1 else "", intervals=tuple(_intervals(lines[key], has_several)))
        for place, key in enumerate(sorted(lines), 1)
    )


def disjoint(ranges: Sequence[Range]) -> list[Range]:
    """Ranges cut half way between their centres wherever two overlap.

    Args:
        ranges: in the order of their centres.

    Returns:
        As many ranges. One that lies within its neighbours may come out empty, or backwards.
    """
    starts, stops = [start for start, _ in ranges], [stop for _, stop in ranges]
    last = -math.inf
    for place, ((start_a, stop_a), (start_b, stop_b)) in enumerate(pairwise(ranges)):
        if start_b < stop_a:
            centre = (start_a + stop_a + start_b + stop_b) / 4
            last = max(last, min(max(centre, start_a, start_b), stop_a, stop_b))
            stops[place], starts[place + 1] = min(stop_a, last), max(start_b, last)
    return list(zip(starts, stops, strict=True))


def milliseconds(time_s: float) -> int:
    """Rounded; two times a millisecond apart stay apart, which rounding to even would not keep."""
    # Hours into a file the product of a half millisecond may lack its last bit: 134146.8735 s would be 134146873, as 134146.8725 s is.
    return math.floor(round(time_s * 1000, 4) + 0.5)


def _layers(rows: Iterable[Prediction]) -> dict[str, int]:
    """Source id -> the first layer on which the source overlaps none of the sources before it."""
    ranges: dict[str, Range] = {}
    for row in rows:
        start_s, stop_s = ranges.get(row.source_id, (math.inf, -math.inf))
        ranges[row.source_id] = min(start_s, row.start_s), max(stop_s, row.stop_s)
    stops: list[float] = []
    layers = {}
    for source, (start_s, stop_s) in sorted(ranges.items(), key=lambda item: (item[1], item[0])):
        layer = next((place for place, stop in enumerate(stops) if stop <= start_s + MIN_S), len(stops))
        stops[layer : layer + 1] = [stop_s]
        layers[source] = layer
    return layers


def _intervals(rows: Iterable[Prediction], has_several: set[str]) -> Iterator[Interval]:
    ordered = sorted(rows, key=lambda row: (row.start_s + row.stop_s, row.clip_id))
    cut = disjoint([(max(0.0, row.start_s), max(row.start_s + MIN_S, row.stop_s, MIN_S)) for row in ordered])
    for row, (start_s, stop_s) in zip(ordered, cut, strict=True):
        if start_s < stop_s:
            yield Interval(start_s=start_s, stop_s=stop_s, row=row, speaker=one_line(_speaker(row, row.source_id in has_several)))


def _speaker(row: Prediction, has_several: bool) -> str:  # noqa: FBT001 - private, and named
    """A table of before names the clip's subject in the rows of all faces: of the others it is not."""
    if row.subject and not row.face:
        return row.subject
    return f"{row.source_id}#{row.face}" if has_several else row.subject or ""


def one_line(text: str) -> str:
    """The text without line breaks and control characters, which no tier and no subtitle can hold."""
    return _NOT_ONE_LINE.sub(" ", text).strip()
