"""Functionals: every descriptor over a clip, in percentiles, moments, spreads, changes and a slope."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int

PERCENTILES: Final = (5, 25, 50, 75, 95)
CHANGE_PERCENTILES: Final = (10, 90)

FUNCTIONALS: Final = (
    *("mean", "deviation", "skewness", "kurtosis", "rise"),
    *(f"percentile_{percent}" for percent in PERCENTILES),
    *("interquartile_range", "range"),
    *("voiced_mean", "voiced_deviation"),
    *(f"voiced_percentile_{percent}" for percent in PERCENTILES),
    *("change_mean_size", "change_deviation"),
    *(f"change_percentile_{percent}" for percent in CHANGE_PERCENTILES),
)
"""Over the audible steps; `voiced_` over the voiced ones; `change_` of the difference from one audible step to the next.

All have the descriptor's unit but skewness and kurtosis, which have none. `range` is from the 5th to the 95th percentile, `rise` that of
the straight line nearest to the values, from the first audible step to the last.
"""

_LEAST_DEVIATION: Final = 1e-9
"""A descriptor that moves less is constant, and has skewness and kurtosis 0."""


def functionals(
    values: Float[np.ndarray, "t_a d"], audible: Bool[np.ndarray, " t_a"], voiced: Bool[np.ndarray, " t_a"]
) -> Float[np.ndarray, "functional d"]:
    """Sum a clip's descriptors up, a row each of `FUNCTIONALS`; silence around the voice and in its pauses is not counted.

    All are finite: of one audible step deviations, changes and rise are 0; where no two audible steps follow each other, the changes are.

    Args:
        values: descriptors of every step.
        audible: at least one.
        voiced: at least one.
    """
    heard, at = values[audible], np.flatnonzero(audible)
    mean, away, deviation = _spread(heard)
    standard = away / np.maximum(deviation, _LEAST_DEVIATION)
    squared = standard * standard  # numpy's power is forty times as slow as its product
    of_heard = _percentiles(heard, PERCENTILES)
    return np.concatenate(
        [
            [mean, deviation, (squared * standard).sum(0) / len(at), (squared * squared).sum(0) / len(at), _rise(heard, at)],
            of_heard,
            [of_heard[3] - of_heard[1], of_heard[4] - of_heard[0]],
            _of_voiced(values[voiced]),
            _of_changes(np.diff(heard, axis=0)[np.diff(at) == 1]),
        ]
    )


def _spread(values: Float[np.ndarray, "n d"]) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, "n d"], Float[np.ndarray, " d"]]:
    """Mean, what lies around it, and deviation: numpy's own, to the last bit, which take twice as long and the mean twice."""
    mean = values.sum(0) / len(values)
    away = values - mean
    return mean, away, np.sqrt((away * away).sum(0) / len(values))


def _percentiles(values: Float[np.ndarray, "n d"], percents: Sequence[int]) -> Float[np.ndarray, "percent d"]:
    """As numpy.percentile gives them; it sorts for every percentile anew and takes ten times as long."""
    ordered = np.sort(values, axis=0)
    place = np.array(percents) / 100 * (len(values) - 1)
    low = place.astype(int)
    share = (place - low)[:, None]
    between: np.ndarray = (1 - share) * ordered[low] + share * ordered[np.minimum(low + 1, len(values) - 1)]
    return between


def _of_voiced(voiced: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "functional d"]:
    mean, _, deviation = _spread(voiced)
    return np.concatenate([[mean, deviation], _percentiles(voiced, PERCENTILES)])


def _of_changes(changes: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "functional d"]:
    if not len(changes):
        changes = np.zeros((1, changes.shape[1]))
    size, deviation = np.abs(changes).sum(0) / len(changes), _spread(changes)[2]
    return np.concatenate([[size, deviation], _percentiles(changes, CHANGE_PERCENTILES)])


def _rise(values: Float[np.ndarray, "n d"], at: Int[np.ndarray, " n"]) -> Float[np.ndarray, " d"]:
    away = at - at.mean()
    spread = float(away @ away)
    rise: np.ndarray = away @ values * ((at[-1] - at[0]) / spread if spread > 0 else 0.0)
    return rise
