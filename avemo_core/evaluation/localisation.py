"""How much more attention a planted segment gets than its share of time would give it."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray


class Lift(NamedTuple):
    """Attention on a segment, in multiples of an even spread."""

    value: float
    """Share of the attention inside over share of the steps inside; 1 is an even spread."""
    ceiling: float
    """What all attention inside would give: 1 over the share of the steps inside."""


def lift(
    weights: Float[ndarray, " step"],
    step_time_s: Float[ndarray, " step"],
    start_s: float,
    stop_s: float,
) -> Lift:
    """The lift of one clip's attention on the half-open segment [start_s, stop_s).

    Args:
        weights: attention a step, not negative; it need not sum to 1.
        step_time_s: time of each step, seconds.
        start_s: where the segment starts, seconds.
        stop_s: where it ends, seconds.

    Returns:
        Value and ceiling; both NaN where no step lies inside, or no attention lies anywhere.
    """
    inside = (step_time_s >= start_s) & (step_time_s < stop_s)
    total = float(weights.sum())
    if not inside.any() or total <= 0:
        return Lift(np.nan, np.nan)
    ceiling = len(inside) / int(inside.sum())
    return Lift(float(weights[inside].sum()) / total * ceiling, ceiling)
