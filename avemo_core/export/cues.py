"""What a player shows over time: the emotion and its confidence, one cue after the other, and a mark where attention peaks."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from avemo_core.evaluation.peaks import APART_S
from avemo_core.export.timeline import Interval, Range, Timeline, disjoint, milliseconds, one_line

PEAK_S: Final = APART_S
"""How long a peak is shown. Peaks of a row are as far apart, so they do not touch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cue:
    """One line of text for a half-open range of time."""

    start_ms: int
    stop_ms: int
    text: str


def cues_of(timelines: Sequence[Timeline]) -> list[Cue]:
    """The cues of a video in the order of time.

    A clip that is one row has cues of its own around its peaks, `happy 0.83, peak`, and none shorter than 0.3 s beside them; a segment
    is one cue. Where the video has several timelines, cues overlap, and each begins with who it is about.
    """
    cues = [cue for line in timelines for interval in line.intervals for cue in _cues(interval, is_named=len(timelines) > 1)]
    return sorted(cues, key=lambda cue: (cue.start_ms, cue.stop_ms))  # at one time the main face comes first, as its timeline does


def around_peaks(intervals: Sequence[Interval]) -> list[Range]:
    """A short range around each peak, cut where it would leave its interval or touch the next.

    Args:
        intervals: of one timeline.

    Returns:
        As many ranges as the intervals have peaks.
    """
    ranges = [
        (max(interval.start_s, peak.time_s - PEAK_S / 2), min(interval.stop_s, peak.time_s + PEAK_S / 2))
        for interval in intervals
        for peak in interval.peaks
    ]
    return disjoint(ranges)


def _cues(interval: Interval, *, is_named: bool) -> Iterator[Cue]:
    row = interval.row
    sure = "" if math.isnan(row.confidence) else f" {row.confidence:.2f}"
    text = (f"{interval.speaker or one_line(row.source_id)}: " if is_named else "") + row.named + sure
    for start_s, stop_s, is_peak in _pieces(interval):
        start_ms, stop_ms = milliseconds(start_s), milliseconds(stop_s)
        if start_ms < stop_ms:
            yield Cue(start_ms=start_ms, stop_ms=stop_ms, text=f"{text}, peak" if is_peak else text)


def _pieces(interval: Interval) -> Iterator[tuple[float, float, bool]]:
    """The interval in pieces, each with whether it is about a peak; what is too short to read goes to the peak beside it."""
    start_s = interval.start_s
    peaks = [] if interval.row.is_segment else around_peaks([interval])
    for peak_start_s, peak_stop_s in peaks:
        if peak_start_s - start_s >= PEAK_S:
            yield start_s, peak_start_s, False
            start_s = peak_start_s
        is_last = peak_stop_s == peaks[-1][1] and interval.stop_s - peak_stop_s < PEAK_S
        stop_s = interval.stop_s if is_last else peak_stop_s
        yield start_s, stop_s, True
        start_s = stop_s
    if start_s < interval.stop_s:
        yield start_s, interval.stop_s, False
