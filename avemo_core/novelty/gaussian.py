"""Mahalanobis distance to the training clips, under a covariance that few clips can bear."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from jaxtyping import Float, Float32

AXES: Final = 128
"""Principal axes that have a variance of their own at most; all others share one."""

_LEAST: Final = 1e-3
"""Of the median deviation: a column that the training clips hardly move in does not count for more than this makes it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Gaussian:
    """Mean and covariance of the training clips, the covariance in a few axes and a rest.

        z  = (x - mean) / deviation                                every column on its own
        C  = (1 - s) S + s I                                       S the training clips' covariance of z, s by Ledoit and Wolf
           = axes' diag(variance) axes + rest (I - axes' axes)     the first axes as they are, the others' variances their mean
        d2 = z' C^-1 z / columns                                   about 1 for a training clip

    Source: Lee et al. 2018, "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks", one class;
    Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices", by scikit-learn.
    """

    mean: Float32[np.ndarray, " d"]
    deviation: Float32[np.ndarray, " d"]
    axes: Float32[np.ndarray, "axis d"]
    """Orthonormal."""
    variance: Float32[np.ndarray, " axis"]
    rest: Float32[np.ndarray, "1"]
    """Variance along each direction that no axis has."""

    @classmethod
    def fit(cls, clips: Float[np.ndarray, "clip d"]) -> "Gaussian":
        """Fit on descriptions of training clips; at least one."""
        from sklearn.covariance import ledoit_wolf  # noqa: PLC0415 - scoring fits nothing, and a worker starts without it in less time

        clips = clips.astype(np.float64)
        mean, deviation = clips.mean(0), clips.std(0)
        least = _LEAST * float(np.median(deviation)) or 1.0  # every clip the same: a difference of 1 is 1
        deviation = np.maximum(deviation, least)
        z = (clips - mean) / deviation
        evened = float(ledoit_wolf(z, assume_centered=True)[1]) if len(z) > 1 else 1.0  # s
        _, singular, axes = np.linalg.svd(z, full_matrices=False)
        own = singular**2 / len(z)
        count, common = min(AXES, len(own)), np.square(z).mean()
        others = own[count:].sum() / max(1, z.shape[1] - count)
        # Of clips that are all the same everything is 0, and a variance of 1 makes the distance that of z itself.
        variance, rest = ((1 - evened) * of + evened * common for of in (own[:count], others))
        floor = 1e-6 * common or 1.0
        return cls(
            mean=mean.astype(np.float32),
            deviation=deviation.astype(np.float32),
            axes=axes[:count].astype(np.float32),
            variance=np.maximum(variance, floor).astype(np.float32),
            rest=np.array([max(rest, floor)], np.float32),
        )

    def distances(self, clips: Float[np.ndarray, "clip d"]) -> Float[np.ndarray, " clip"]:
        """The square root of d2 of each clip."""
        z = (clips.astype(np.float64) - self.mean) / self.deviation
        along = z @ self.axes.T
        across = np.maximum(np.square(z).sum(1) - np.square(along).sum(1), 0)
        distances: np.ndarray = np.sqrt((np.square(along) / self.variance).sum(1) / z.shape[1] + across / self.rest / z.shape[1])
        return distances

    def arrays(self) -> dict[str, np.ndarray]:
        """The values by name, for the bundle."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Gaussian":
        """Read what `arrays` gave."""
        return cls(**arrays)
