"""A row of the predictions table as an export needs it: who, when, which emotion, how sure, and where its attention peaks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float32
from numpy import ndarray

from avemo_core.evaluation.peaks import pronounced_peaks
from schemas.emotions import EMOTIONS
from schemas.predictions import PROBABILITIES
from schemas.row_ids import row_part

SCALARS: Final = (
    *("clip_id", "source_id", "uri", "label", "split", "subject", "start_s", "stop_s", "predicted", "confidence"),
    *PROBABILITIES,
)
COLUMNS: Final = (*SCALARS, "step_time_s", "perception")
"""What an export reads of a predictions table."""


UNANSWERED: Final = "not answered"
"""Stands where an emotion would, in what people read, for a row on which the model abstained."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Peak:
    """A moment that the predicted emotion's perception attention points to."""

    time_s: float
    """On the file's clock."""
    weight: float
    """Share of the attention; an emotion's weights sum to 1 over a row's steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """One row: a clip, or a segment of one, and one face of it."""

    clip_id: str
    source_id: str
    uri: str
    subject: str | None
    start_s: float
    stop_s: float
    predicted: str | None
    """None where the model abstained."""
    confidence: float
    """NaN where the table has none."""
    peaks: tuple[Peak, ...]
    """In the order of time; none where the attention is flat, or the model abstained."""
    face: int | None
    """Number of the face within the clip or segment, the main one first; None where a row is no single face's."""
    is_segment: bool
    """Whether the row is one of several ranges that `--segment` cut out of its clip."""

    @property
    def named(self) -> str:
        """The emotion, or that there is none."""
        return UNANSWERED if self.predicted is None else self.predicted

    @property
    def confidence_text(self) -> str:
        """The shortest number that is this confidence and no other; empty for NaN."""
        return "" if math.isnan(self.confidence) else str(np.float32(self.confidence))


def predictions_of(table: pa.Table) -> Iterator[Prediction]:
    """The rows of a predictions table, one after the other.

    Args:
        table: needs COLUMNS.
    """
    scalars = ("clip_id", "source_id", "uri", "subject", "start_s", "stop_s", "predicted")
    confidence = shortest(np.asarray(table.column("confidence").cast(pa.float32())))
    rows = zip(*(table.column(name).to_pylist() for name in scalars), confidence, _peaks(table), strict=True)
    for clip_id, source_id, uri, subject, start_s, stop_s, predicted, sure, peaks in rows:
        part = row_part(clip_id, source_id)
        yield Prediction(
            clip_id=clip_id,
            source_id=source_id,
            uri=uri,
            subject=subject,
            start_s=start_s,
            stop_s=stop_s,
            predicted=predicted,
            confidence=sure,
            peaks=peaks,
            face=part.face,
            is_segment=part.is_segment,
        )


def shortest(values: Float32[ndarray, " n"]) -> list[float]:
    """float32 as the Python floats of fewest digits: 0.04, which rounds to the same float32, not 0.03999999910593033."""
    return [float(str(value)) for value in values]


def _peaks(table: pa.Table) -> Iterator[tuple[Peak, ...]]:
    """The peaks of each row, for its predicted emotion."""
    times, perception = (table.column(name).combine_chunks() for name in ("step_time_s", "perception"))
    times_s, weights = np.asarray(times.flatten()), np.asarray(perception.flatten().flatten()).reshape(-1, len(EMOTIONS))
    counts = np.asarray(pc.fill_null(pc.list_value_length(times), 0), np.int64)
    stop = 0
    for predicted, count in zip(table.column("predicted").to_pylist(), counts.tolist(), strict=True):
        start, stop = stop, stop + count
        yield () if predicted is None else _peaks_of(times_s[start:stop], weights[start:stop, EMOTIONS.index(predicted)])


def _peaks_of(times_s: Float32[ndarray, " t_v"], weights: Float32[ndarray, " t_v"]) -> tuple[Peak, ...]:
    """The pronounced peaks of one emotion's attention; steps that are no numbers are left out."""
    known = np.isfinite(times_s) & np.isfinite(weights)
    times_s, weights = times_s[known], weights[known]
    steps = pronounced_peaks(times_s, weights)
    pairs = zip(shortest(times_s[steps]), shortest(weights[steps]), strict=True)
    return tuple(Peak(time_s=time_s, weight=weight) for time_s, weight in pairs)
