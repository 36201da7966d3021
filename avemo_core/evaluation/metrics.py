"""How good predictions are: accuracy, recall, calibration, intervals."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float, Int

from schemas.emotions import EMOTIONS

CALIBRATION_BINS: Final = 10

RESAMPLES: Final = 2000
"""Bootstrap draws behind an interval."""


def confusion(labels: Int[np.ndarray, " clip"], predicted: Int[np.ndarray, " clip"]) -> Int[np.ndarray, "emotion emotion"]:
    """Clips by true (row) and predicted (column) emotion."""
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def recalls(counts: Int[np.ndarray, "emotion emotion"]) -> Float[np.ndarray, " emotion"]:
    """Recall of each emotion: the share of its clips that were named right; NaN for an emotion without clips."""
    clips = counts.sum(1)
    recall: Float[np.ndarray, " emotion"] = np.divide(counts.diagonal(), clips, out=np.full(len(counts), np.nan), where=clips > 0)
    return recall


def expected_calibration_error(probabilities: Float[np.ndarray, "clip emotion"], labels: Int[np.ndarray, " clip"]) -> float:
    """Mean distance between confidence and accuracy, over ten equally wide bins of confidence weighted by their clips.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", eq. 3.
    """
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gap = np.bincount(bins, right - confidence, CALIBRATION_BINS)
    return float(np.abs(gap).sum() / len(labels))


def interval(right: Float[np.ndarray, "*runs clip"] | Bool[np.ndarray, "*runs clip"], seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of the mean, over clips and, where there are several runs, over runs too."""
    runs = np.atleast_2d(right).astype(float)
    rng = np.random.default_rng(seed)
    count, clips = runs.shape
    means = [runs[rng.integers(count, size=count)].mean(0)[rng.integers(clips, size=clips)].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def by_subject(subjects: Sequence[str | None], right: Bool[np.ndarray, " clip"]) -> dict[str, dict[str, float | int]]:
    """Clips and accuracy of each subject, by name; clips without one are left out."""
    names = np.array([name or "" for name in subjects])
    return {
        name: {"clips": int((names == name).sum()), "accuracy": float(right[names == name].mean())} for name in sorted(set(names) - {""})
    }


def summary(
    probabilities: Float[np.ndarray, "clip emotion"], labels: Int[np.ndarray, " clip"], subjects: Sequence[str | None] = ()
) -> Mapping[str, Any]:
    """All figures about labelled predictions, as plain values; empty without clips.

    Returns:
        clips, accuracy with its 95 % interval, chance (share of the commonest label), uar (mean recall over the emotions that
        have clips), recall by emotion, confusion, ece, log_loss, subjects.
    """
    if not len(labels):
        return {}
    right = probabilities.argmax(1) == labels
    counts = confusion(labels, probabilities.argmax(1))
    recall = recalls(counts)
    return {
        "clips": len(labels),
        "accuracy": float(right.mean()),
        "accuracy_interval": list(interval(right)),
        "chance": float(np.bincount(labels).max() / len(labels)),
        "uar": float(np.nanmean(recall)),
        "recall": {emotion: None if np.isnan(value) else float(value) for emotion, value in zip(EMOTIONS, recall, strict=True)},
        "confusion": counts.tolist(),
        "ece": expected_calibration_error(probabilities, labels),
        "log_loss": float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)).mean()),
        "subjects": by_subject(subjects, right),
    }
