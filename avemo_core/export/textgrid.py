"""A TextGrid for Praat: tiers of intervals and of points, written by praatio.

Source: Praat's manual, TextGrid file formats. Intervals cover the whole time without a gap, empty text between them.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from praatio import textgrid

from avemo_core.export.timeline import MIN_S, Interval, Timeline
from avemo_core.export.videos import Video


def write_textgrid(video: Video, file: Path) -> None:
    """Write the tiers emotion, confidence, peaks and speaker; numbered where the video has several timelines.

    Time begins at 0 and ends where the last row ends, which may be before the video's end.
    """
    stop_s = max((interval.stop_s for line in video.timelines for interval in line.intervals), default=MIN_S)
    grid = textgrid.Textgrid(0.0, stop_s)
    for line in video.timelines:
        for tier in _tiers(line, stop_s):
            grid.addTier(tier)
    grid.save(str(file), "long_textgrid", includeBlankSpaces=True, minimumIntervalLength=None)


def _tiers(line: Timeline, stop_s: float) -> Iterable[textgrid.IntervalTier | textgrid.PointTier]:
    def intervals(name: str, text_of: Callable[[Interval], str]) -> textgrid.IntervalTier:
        entries = [(interval.start_s, interval.stop_s, text) for interval in line.intervals if (text := text_of(interval))]
        return textgrid.IntervalTier(name + line.suffix, entries, 0.0, stop_s)

    peaks = [(peak.time_s, interval.row.named) for interval in line.intervals for peak in interval.peaks]
    yield intervals("emotion", lambda interval: interval.row.named)
    yield intervals("confidence", lambda interval: interval.row.confidence_text)
    yield textgrid.PointTier(f"peaks{line.suffix}", peaks, 0.0, stop_s)
    yield intervals("speaker", lambda interval: interval.speaker)
