"""The pooled linear model: statistics pooling, and one logistic regression on each clip's functionals, or means and deviations."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from jaxtyping import Float32

from avemo_core.model.batch import ClipInputs
from schemas.emotions import EMOTIONS

C: Final = 3.0
"""Inverse of the L2 penalty, for blocks of inputs that are each scaled to a length of about 1."""

_ABSENT: Final = -30.0
"""Logit of an emotion that no training clip had."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PooledClassifier:
    """Logistic regression from pooled statistics to logits."""

    weights: Float32[np.ndarray, "pooled emotion"]
    bias: Float32[np.ndarray, " emotion"]

    @classmethod
    def fit(cls, clips: Sequence[ClipInputs], c: float = C) -> "PooledClassifier":
        """Fit by maximum likelihood with an L2 penalty of 1 / (2 `c`) on the weights."""
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - scoring fits nothing, and a worker starts without it in less time

        values = _stacked(clips)
        weights, bias = np.zeros((values.shape[1], len(EMOTIONS)), np.float32), np.full(len(EMOTIONS), _ABSENT, np.float32)
        labels = np.array([clip.label for clip in clips])
        if len(set(labels.tolist())) == 1:
            bias[labels[0]] = 0
            return cls(weights=weights, bias=bias)
        model = LogisticRegression(C=c, max_iter=1000).fit(values, labels)
        coefficients, intercepts = model.coef_, model.intercept_
        if len(model.classes_) == 2:
            # scikit-learn keeps one row for two classes, the logit of the second against the first: half of it each, with either sign.
            coefficients, intercepts = np.stack([-coefficients[0], coefficients[0]]) / 2, np.array([-0.5, 0.5]) * intercepts
        weights[:, model.classes_], bias[model.classes_] = coefficients.T, intercepts
        return cls(weights=weights, bias=bias)

    def logits(self, clips: Sequence[ClipInputs]) -> Float32[np.ndarray, "clip emotion"]:
        """Score clips; where a clip has logits of its own, as of a person who may show one emotion alone, by the mean of both."""
        logits: np.ndarray = _stacked(clips) @ self.weights + self.bias
        for row, clip in enumerate(clips):
            if clip.alone is not None and clip.alone_weight > 0:
                logits[row] = (1 - clip.alone_weight) * logits[row] + clip.alone_weight * clip.alone
        return logits

    def over_windows(self, clip: ClipInputs) -> Float32[np.ndarray, "window emotion"]:
        """Score each window of a clip as if it were one; a clip without windows has none."""
        if clip.windows is None:
            return np.zeros((0, len(EMOTIONS)), np.float32)
        logits: np.ndarray = clip.windows.pooled @ self.weights + self.bias
        if clip.windows.alone is None:
            return logits
        mixed: np.ndarray = (1 - clip.alone_weight) * logits + clip.alone_weight * clip.windows.alone
        return mixed.astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """The values by name, for the bundle."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _stacked(clips: Sequence[ClipInputs]) -> Float32[np.ndarray, "clip pooled"]:
    return np.stack([clip.pooled for clip in clips])
