"""Predictions tables for the tests of exports, and an export of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from avemo_core.export.formats import Exported, Format, export
from schemas.emotions import EMOTIONS
from tests.avemo_core.report import made

TARGET = "/corpus/out"
HOSTILE = 'Łucja "Łu" & <b>Ꮳ ꦗꦮ</b>\n-->\x07NOTE'
"""A subject with quotes, markup, an arrow, a line break, a bell, and letters of three scripts."""
ONE_LINE = 'Łucja "Łu" & <b>Ꮳ ꦗꦮ</b> --> NOTE'
"""What a format of lines can keep of it."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a test says of a row; steps of 0.1 s from start to stop, attention on those nearest to the peaks."""

    clip: str = "clip"
    of: str = ""
    """What clip_id says beyond source_id."""
    range_s: tuple[float, float] = (0.0, 2.0)
    emotion: str | None = "happy"
    """None: the model abstained."""
    confidence: float = 0.75
    peaks_s: Sequence[float] = ()
    subject: str | None = None
    uri: str | None = None
    """None: a video of the clip's name."""


def table(*rows: Row) -> pa.Table:
    """The predictions table of these rows."""
    sequences = [_attention(row) for row in rows]
    return made.replaced(
        made.predictions(len(rows)),
        clip_id=[row.clip + row.of for row in rows],
        source_id=[row.clip for row in rows],
        uri=[row.uri or f"/corpus/videos/{row.clip}.mp4" for row in rows],
        subject=[row.subject for row in rows],
        start_s=[row.range_s[0] for row in rows],
        stop_s=[row.range_s[1] for row in rows],
        predicted=[row.emotion for row in rows],
        confidence=[row.confidence for row in rows],
        step_time_s=[times.tolist() for times, _ in sequences],
        perception=[weights.tolist() for _, weights in sequences],
    )


def write(predictions: pa.Table, as_format: Format, folder: Path, rows_at_once: int = 2, target: str = TARGET) -> Exported:
    """Export the table, read so many rows at once."""
    groups = [predictions.slice(first, rows_at_once) for first in range(0, len(predictions), rows_at_once)]
    return export(lambda columns: [group.select(list(columns)) for group in groups], as_format, folder, target)


def _attention(row: Row) -> tuple[np.ndarray, np.ndarray]:
    times = np.arange(row.range_s[0], row.range_s[1], 0.1).astype(np.float32)
    weights = np.full((len(times), len(EMOTIONS)), 1e-3)
    for place, peak in enumerate(row.peaks_s):
        weights[np.abs(times - peak).argmin(), EMOTIONS.index(row.emotion or "happy")] = 1 + place
    return times, weights / weights.sum(0)
