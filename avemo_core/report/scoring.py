"""The run in numbers, on clips that the model was not trained on wherever that can be known."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float
from numpy import ndarray

from avemo_core.appearance.seen import NOTHING_SEEN
from avemo_core.bundle.measured import CHOSE, PERHAPS_SEEN, SEEN
from avemo_core.evaluation.metrics import summary
from avemo_core.report.inputs import Model
from avemo_core.training.copies import groups_of
from schemas.emotions import EMOTIONS
from schemas.predictions import PROBABILITIES

_LEARNED: Final = (
    "All labelled clips were used to train this model: the figures say how well it learned them, not how well it meets new ones."
)
_CHOSEN: Final = f"The clips counted {CHOSE} of this model: the figures are better than on clips that it never met."
_SELECTED: Final = "The labels of the clips counted chose which appearance values this model reads: the figures are too good."
_PERHAPS: Final = "This model's selection of appearance values does not say which clips it has seen: the clips counted may be among them."


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scores:
    """How right the predictions of the counted clips are."""

    scope: str
    """Which clips were counted, in words."""
    caution: str
    """What must not be misread, where the counted clips are not new to the model or may not be; else empty."""
    is_counted: Bool[ndarray, " row"]
    """Which rows of the table were counted."""
    figures: Mapping[str, Any]
    """As avemo_core.evaluation.metrics.summary gives them."""
    confidence: Float[ndarray, " clip"]
    is_correct: Bool[ndarray, " clip"]
    is_answered: Bool[ndarray, " clip"]
    """Whether `predicted` says it; all figures count a clip by its highest probability, answered or not."""
    novelty: Float[ndarray, " clip"]
    """NaN where it is not known."""


def scores(table: pa.Table, model: Model | None) -> Scores | None:
    """Count the clips of a label it can name that nothing of the model has seen, test split first; without any, the least seen.

    Args:
        table: rows of a predictions table.
        model: says which clips it was trained on; None: nobody can tell.

    Returns:
        None when no clip has a label that the model can name.
    """
    model = model or Model(model_id="", seen=NOTHING_SEEN)
    is_labelled = _mask(pc.is_in(table.column("label"), pa.array(model.emotions)))
    if not is_labelled.any():
        return None
    others = _others(table, model.emotions)
    is_trained, is_chosen = (_among(table, known) for known in (model.trained_on, model.chosen_on))
    sources = table.column("source_id").to_pylist()
    is_seen = np.array([model.seen is not None and model.seen.has(source) for source in sources], bool) | _among(table, model.seen_sources)
    is_known = is_trained | _is_copy(table, model.copies)
    is_test = is_labelled & _mask(pc.equal(table.column("split"), "test")) & ~is_known
    # A bundle that was handed on without its split names no clip: only of those of the test split is it known that they are new.
    is_new = is_labelled & ~is_known & bool(model.trained_on)
    mark, doubt = ("", "") if model.seen is not None else (f", {PERHAPS_SEEN}", _PERHAPS)
    tries = (
        (is_test & ~is_seen, f"{{:,}} labelled clips of the test split{mark}", doubt),
        (is_new & ~is_seen, f"{{:,}} labelled clips that the model was not trained on{mark}", doubt),
        (is_labelled & is_chosen & ~is_seen, f"{{:,}} labelled clips of the val split, which {CHOSE}", _CHOSEN),
        (is_test, f"{{:,}} labelled clips of the test split, {SEEN}", _SELECTED),
        (is_new, f"{{:,}} labelled clips that the model was not trained on, but {SEEN}", _SELECTED),
        (is_labelled, "all {:,} labelled clips", _LEARNED if model.trained_on else ""),
    )
    is_counted, scope, caution = next(one for one in tries if one[0].any())
    return _counted(table, is_counted, scope + others, caution)


def _others(table: pa.Table, emotions: Collection[str]) -> str:
    """Clips whose label the model cannot name, as words: no answer of its could be right."""
    counts = Counter(table.column("label").to_pylist())
    told = [f"{counts[emotion]:,} {emotion}" for emotion in EMOTIONS if emotion not in emotions and counts[emotion]]
    return f" (not counted: {', '.join(told)}, which it does not name)" if told else ""


def _among(table: pa.Table, source_ids: Collection[str]) -> Bool[ndarray, " row"]:
    return _mask(pc.is_in(table.column("source_id"), pa.array(sorted(source_ids), pa.string())))


def _is_copy(table: pa.Table, copies: Collection[str]) -> Bool[ndarray, " row"]:
    """Rows of clips that were left out of the training as copies; a row of a part or a face of one bears its source's id."""
    ids = pa.array(sorted(copies), pa.string())
    return _mask(pc.or_(*(pc.is_in(table.column(name), ids) for name in ("clip_id", "source_id"))))


def _counted(table: pa.Table, is_counted: Bool[ndarray, " row"], scope: str, caution: str) -> Scores:
    counted = table.filter(pa.array(is_counted))
    probabilities = np.stack([np.asarray(counted.column(name), np.float64) for name in PROBABILITIES], axis=1)
    labels = np.asarray(pc.index_in(counted.column("label"), pa.array(EMOTIONS)), np.int64)
    return Scores(
        scope=scope.format(len(counted)),
        caution=caution,
        is_counted=is_counted,
        figures=summary(probabilities, labels, counted.column("subject").to_pylist(), _groups(counted)),
        confidence=probabilities.max(axis=1),
        is_correct=probabilities.argmax(axis=1) == labels,
        is_answered=_mask(pc.is_valid(counted.column("predicted"))),
        novelty=counted.column("novelty").to_numpy().astype(np.float64),
    )


def _groups(counted: pa.Table) -> list[str]:
    """What intervals draw first. Predictions have no digest of a file's bytes: its address stands for its content."""
    return groups_of(counted.select(["clip_id", "source_id", "uri", "start_s", "stop_s", "subject"]).to_pylist())


def _mask(column: pa.ChunkedArray) -> Bool[ndarray, " row"]:
    return np.asarray(pc.fill_null(column, False), bool)  # noqa: FBT003 - pyarrow's own signature
