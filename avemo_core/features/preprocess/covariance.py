"""Moments within groups, and what whitens by them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from jaxtyping import Float32, Float64

FLOOR: Final = 1e-6
"""Variances below this fraction of the largest are noise of the arithmetic and are not scaled up to 1."""


class Moments(NamedTuple):
    """Of the columns of some arrays."""

    mean: Float64[np.ndarray, " d"]
    variance: Float64[np.ndarray, " d d"] | Float64[np.ndarray, " d"]
    """Covariance within groups, or its diagonal."""


def moments(arrays: Iterable[Float32[np.ndarray, "_ d"]], groups: Sequence[str], *, full: bool = True) -> Moments:
    """Mean over all rows and (co)variance around each group's own mean, in one pass over the arrays."""
    # For group g of n_g rows with sum s_g and mean m_g = s_g / n_g:
    #
    #     sum_g sum_i (x_i - m_g)(x_i - m_g)^T  =  sum_i x_i x_i^T  -  sum_g s_g s_g^T / n_g
    #            within groups                      `products`           `between`
    #
    # so that no mean need be known before the pass, and no array is held after its turn. With one group it is the covariance.
    # A clip's own product is float32 for speed; sums over clips are float64, since the difference cancels.
    counts: dict[str, int] = {}
    sums: dict[str, np.ndarray] = {}
    products: Any = 0.0
    for group, array in zip(groups, arrays, strict=True):
        counts[group] = counts.get(group, 0) + len(array)
        sums[group] = sums.get(group, 0.0) + array.sum(0, dtype=np.float64)
        products = products + (array.T @ array if full else np.square(array).sum(0)).astype(np.float64)
    total = max(1, sum(counts.values()))
    between: Any = sum(_square(sums[group], full=full) / max(1, counts[group]) for group in counts)
    overall: Any = sum(sums.values())
    return Moments(overall / total, np.asarray((products - between) / total))


def _square(vector: Float64[np.ndarray, " d"], *, full: bool) -> np.ndarray:
    return np.outer(vector, vector) if full else vector**2


def whitening_projection(found: Moments, components: int) -> Float32[np.ndarray, "d components"]:
    """Leading eigenvectors of the covariance, each over the root of its eigenvalue."""
    # eigh sorts eigenvalues upwards: the last ones lead. The sign of an eigenvector is open and differs between builds of LAPACK; here
    # its largest entry is positive, so that fits on the same clips agree.
    if not found.variance.size:
        return np.zeros((0, 0), np.float32)
    values, vectors = np.linalg.eigh(found.variance)
    values, vectors = values[::-1][:components], vectors[:, ::-1][:, :components]
    largest = vectors[np.abs(vectors).argmax(0), np.arange(vectors.shape[1])]
    return np.asarray(vectors * np.sign(largest) / deviation(values), np.float32)


def deviation(variance: Float64[np.ndarray, " d"]) -> Float32[np.ndarray, " d"]:
    """Root of each variance; infinite where there is none to speak of (`FLOOR`), so that dividing by it gives 0 and no blown-up noise."""
    floor = FLOOR * variance.max(initial=0.0)
    return np.where(variance > floor, np.sqrt(np.maximum(variance, floor)), np.inf).astype(np.float32)
