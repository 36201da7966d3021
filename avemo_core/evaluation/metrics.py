"""How good predictions are: accuracy, recall, calibration, with intervals over people."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float, Int

from avemo_core.evaluation.intervals import Clusters, Estimate, estimates
from schemas.emotions import EMOTIONS

CALIBRATION_BINS: Final = 10


def confusion(labels: Int[np.ndarray, " clip"], predicted: Int[np.ndarray, " clip"]) -> Int[np.ndarray, "emotion emotion"]:
    """Clips by true (row) and predicted (column) emotion."""
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def expected_calibration_error(probabilities: Float[np.ndarray, "clip emotion"], labels: Int[np.ndarray, " clip"]) -> float:
    """Mean distance between confidence and accuracy, over ten equally wide bins of confidence weighted by their clips.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", eq. 3.
    """
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gap = np.bincount(bins, right - confidence, CALIBRATION_BINS)
    return float(np.abs(gap).sum() / len(labels))


def by_subject(subjects: Sequence[str | None], right: Bool[np.ndarray, " clip"]) -> dict[str, dict[str, float | int]]:
    """Clips and accuracy of each subject, by name; clips without one are left out."""
    found, of_clip = np.unique(np.array([name or "" for name in subjects], str), return_inverse=True)
    clips, shares = np.bincount(of_clip), np.bincount(of_clip, right) / np.bincount(of_clip)
    rows = zip(found.tolist(), clips.tolist(), shares.tolist(), strict=True)
    return {name: {"clips": count, "accuracy": share} for name, count, share in rows if name}


def summary(
    probabilities: Float[np.ndarray, "clip emotion"],
    labels: Int[np.ndarray, " clip"],
    subjects: Sequence[str | None] = (),
    groups: Sequence[str] | None = None,
) -> Mapping[str, Any]:
    """All figures about labelled predictions, as plain values; empty without clips.

    Args:
        probabilities: of each clip.
        labels: index of each clip's emotion.
        subjects: of the clips, None where nobody is named; empty: nobody is.
        groups: what intervals keep together, as `avemo_core.training.copies.groups_of` has it; None: a person's clips.

    Returns:
        clips, accuracy and uar (mean recall over the emotions that have clips) with their 95 % intervals (None where all clips are of one
        person: they say nothing of another), interval_over (unit and count of what the intervals draw first), chance (share of the
        commonest label), recall by emotion and its intervals (None for an emotion without clips), confusion, ece, log_loss, subjects.
    """
    if not len(labels):
        return {}
    right = probabilities.argmax(1) == labels
    subjects = subjects or [None] * len(labels)
    clusters = Clusters.of(subjects, groups)
    found = estimates(right[None], labels, clusters)
    bounds = _bounds if clusters.count > 1 else _no_bounds
    recall = dict(zip(EMOTIONS, found.recall, strict=True))
    return {
        "clips": len(labels),
        "accuracy": found.accuracy.mean,
        "accuracy_interval": bounds(found.accuracy),
        "chance": float(np.bincount(labels).max() / len(labels)),
        "uar": found.uar.mean,
        "uar_interval": bounds(found.uar),
        "interval_over": {"unit": clusters.unit, "count": clusters.count},
        "recall": {emotion: None if value is None else value.mean for emotion, value in recall.items()},
        "recall_interval": {emotion: None if value is None else bounds(value) for emotion, value in recall.items()},
        "confusion": confusion(labels, probabilities.argmax(1)).tolist(),
        "ece": expected_calibration_error(probabilities, labels),
        "log_loss": float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)).mean()),
        "subjects": by_subject(subjects, right),
    }


def _bounds(estimate: Estimate) -> list[float]:
    return [estimate.low, estimate.high]


def _no_bounds(_: Estimate) -> None:
    return None
