"""The pooled linear model: one logistic regression on each clip's means and deviations."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float, Float32
from sklearn.linear_model import LogisticRegression

from avemo_core.model.batch import Inputs
from schemas.emotions import EMOTIONS


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PooledLinear:
    """A linear map from pooled inputs to logits; emotions the training clips did not have get -30."""

    mean: Float32[np.ndarray, " pooled"]
    scale: Float32[np.ndarray, " pooled"]
    weights: Float32[np.ndarray, "pooled emotion"]
    bias: Float32[np.ndarray, " emotion"]

    @classmethod
    def fit(cls, clips: Sequence[Inputs], strength: float = 0.01) -> "PooledLinear":
        """Fit by maximum likelihood with an L2 penalty of 1 / (2 `strength`) on the weights of standardised values."""
        values = pooled(clips)
        mean, scale = values.mean(0), np.maximum(values.std(0), 1e-6)
        model = LogisticRegression(C=strength, max_iter=1000).fit((values - mean) / scale, [clip.label for clip in clips])
        weights, bias = np.zeros((values.shape[1], len(EMOTIONS)), np.float32), np.full(len(EMOTIONS), -30, np.float32)
        coefficients, intercepts = model.coef_, model.intercept_
        if len(model.classes_) == 2:
            coefficients, intercepts = np.stack([-coefficients[0], coefficients[0]]) / 2, np.array([-0.5, 0.5]) * intercepts
        weights[:, model.classes_], bias[model.classes_] = coefficients.T, intercepts
        return cls(mean=mean, scale=scale, weights=weights, bias=bias)

    def logits(self, clips: Sequence[Inputs]) -> Float32[np.ndarray, "clip emotion"]:
        """Score clips."""
        logits: np.ndarray = ((pooled(clips) - self.mean) / self.scale) @ self.weights + self.bias
        return logits

    def arrays(self) -> dict[str, np.ndarray]:
        """The values by name, for the bundle."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def pooled(clips: Sequence[Inputs]) -> Float32[np.ndarray, "clip pooled"]:
    """Mean and deviation over the steps of every stream, side by side; zeros for a stream that is not there."""
    return np.stack(
        [
            np.concatenate([*_moments(clip.audio), *_moments(clip.shape[clip.has_face]), *_moments(clip.appearance[clip.has_face])])
            for clip in clips
        ]
    )


def _moments(steps: Float[np.ndarray, "steps d"]) -> tuple[Float32[np.ndarray, " d"], Float32[np.ndarray, " d"]]:
    if not len(steps):
        return np.zeros(steps.shape[1], np.float32), np.zeros(steps.shape[1], np.float32)
    return steps.mean(0), steps.std(0)
