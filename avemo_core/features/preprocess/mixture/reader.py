"""Linear readers of clips: what is known of a clip before anything is known of its person."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, Int
from scipy.linalg import helmert

C: Final = 3.0
"""Inverse of the L2 penalty, as of the pooled linear model that reads the same inputs normalised."""

FOLDS: Final = 5
"""Of whole people, in which training clips are read as strangers' clips are."""

_ABSENT: Final = -3.0
"""Logit of an emotion that none of the other folds' clips has."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EmotionReader:
    """Logistic regression on pooled inputs, its logits as contrasts: of k emotions only k - 1 differences mean anything."""

    weights: Float32[np.ndarray, "pooled contrast"]
    bias: Float32[np.ndarray, " contrast"]

    @classmethod
    def fit(cls, pooled: Float32[np.ndarray, "clip pooled"], labels: Int[np.ndarray, " clip"], emotions: int) -> "EmotionReader":
        """Fit on clips of at least one emotion.

        Args:
            pooled: statistics of each clip.
            labels: from 0 to `emotions` - 1.
            emotions: how many there are; these clips may lack some.
        """
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - scoring fits nothing, and a worker starts without it in less time

        contrasts = helmert(emotions)
        present = np.unique(labels)
        logits, constant = np.zeros((emotions, pooled.shape[1])), np.full(emotions, _ABSENT)
        constant[present] = 0
        if len(present) > 1:
            model = LogisticRegression(C=C, max_iter=1000).fit(pooled, labels)
            # scikit-learn keeps one row for two classes, the logit of the second against the first.
            two = len(present) == 2
            logits[present] = np.stack([-model.coef_[0], model.coef_[0]]) / 2 if two else model.coef_
            constant[present] = np.array([-0.5, 0.5]) * model.intercept_ if two else model.intercept_
        return cls(weights=(contrasts @ logits).T.astype(np.float32), bias=(contrasts @ constant).astype(np.float32))

    def __call__(self, pooled: Float32[np.ndarray, "clip pooled"]) -> Float[np.ndarray, "clip contrast"]:
        """Read clips."""
        read: np.ndarray = pooled.astype(np.float64) @ self.weights + self.bias
        return read

    def logits(self, pooled: Float32[np.ndarray, "clip pooled"]) -> Float[np.ndarray, "clip emotion"]:
        """Read clips, and give every emotion its logit; they sum to 0."""
        read = self(pooled)
        logits: np.ndarray = read @ helmert(read.shape[1] + 1)
        return logits

    def arrays(self) -> dict[str, np.ndarray]:
        """The values by name, for the bundle."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def cross_fitted(
    learned: Float32[np.ndarray, "clip pooled"],
    read: Float32[np.ndarray, "clip pooled"],
    labels: Int[np.ndarray, " clip"],
    people: Sequence[str],
    emotions: int,
) -> Float[np.ndarray, "clip contrast"]:
    """Training clips as read by readers that were fitted without their people; all zeros of a single person.

    Args:
        learned: what the readers are fitted to.
        read: the same clips as they are read.
        labels: from 0 to `emotions` - 1.
        people: of each clip.
        emotions: how many there are.
    """
    from sklearn.model_selection import GroupKFold  # noqa: PLC0415 - as above

    found = np.zeros((len(labels), emotions - 1))
    if len(set(people)) < 2:
        return found
    for rest, held_out in GroupKFold(min(FOLDS, len(set(people)))).split(learned, groups=people):
        found[held_out] = EmotionReader.fit(learned[rest], labels[rest], emotions)(read[held_out])
    return found
