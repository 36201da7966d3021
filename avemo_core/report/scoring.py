"""The run in numbers, on clips that the model was not trained on wherever that can be known."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float
from numpy import ndarray

from avemo_core.evaluation.metrics import summary
from avemo_core.training.copies import groups_of
from schemas.emotions import EMOTIONS
from schemas.predictions import PROBABILITIES


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scores:
    """How right the predictions of the counted clips are."""

    scope: str
    """Which clips were counted, in words."""
    is_unseen: bool
    """Whether all counted clips are new to the model."""
    is_counted: Bool[ndarray, " row"]
    """Which rows of the table were counted."""
    figures: Mapping[str, Any]
    """As avemo_core.evaluation.metrics.summary gives them."""
    confidence: Float[ndarray, " clip"]
    is_correct: Bool[ndarray, " clip"]


def scores(table: pa.Table, trained_on: Collection[str]) -> Scores | None:
    """Count the labelled clips of the test split; without any, those the model was not trained on; without any, all.

    Args:
        table: rows of a predictions table.
        trained_on: source ids of the clips that the model was trained or selected on.

    Returns:
        None when no clip has a label.
    """
    is_labelled = _mask(pc.is_in(table.column("label"), pa.array(EMOTIONS)))
    is_test = is_labelled & _mask(pc.equal(table.column("split"), "test"))
    is_new = is_labelled & ~_mask(pc.is_in(table.column("source_id"), pa.array(sorted(trained_on), pa.string())))
    if is_test.any():
        return _counted(table, is_test, "{:,} labelled clips of the test split", is_unseen=True)
    if trained_on and is_new.any():
        return _counted(table, is_new, "{:,} labelled clips that the model was not trained on", is_unseen=True)
    if is_labelled.any():
        return _counted(table, is_labelled, "all {:,} labelled clips", is_unseen=not trained_on)
    return None


def _counted(table: pa.Table, is_counted: Bool[ndarray, " row"], scope: str, *, is_unseen: bool) -> Scores:
    counted = table.filter(pa.array(is_counted))
    probabilities = np.stack([np.asarray(counted.column(name), np.float64) for name in PROBABILITIES], axis=1)
    labels = np.asarray(pc.index_in(counted.column("label"), pa.array(EMOTIONS)), np.int64)
    return Scores(
        scope=scope.format(len(counted)),
        is_unseen=is_unseen,
        is_counted=is_counted,
        figures=summary(probabilities, labels, counted.column("subject").to_pylist(), _groups(counted)),
        confidence=probabilities.max(axis=1),
        is_correct=probabilities.argmax(axis=1) == labels,
    )


def _groups(counted: pa.Table) -> list[str]:
    """What intervals draw first. Predictions have no digest of a file's bytes: its address stands for its content."""
    return groups_of(counted.select(["clip_id", "source_id", "uri", "start_s", "stop_s", "subject"]).to_pylist())


def _mask(column: pa.ChunkedArray) -> Bool[ndarray, " row"]:
    return np.asarray(pc.fill_null(column, False), bool)  # noqa: FBT003 - pyarrow's own signature
