"""The moments of a clip that an emotion's perception attention points to."""

from typing import Final

import numpy as np
from jaxtyping import Float, Integer
from numpy import ndarray

COUNT: Final = 3
APART_S: Final = 0.3
"""Two moments closer than this look the same."""

_FLAT: Final = 1.01
"""Attention whose maximum is at most this many times its minimum points nowhere."""


def attention_peaks(step_time_s: Float[ndarray, " t_v"], weights: Float[ndarray, " t_v"], count: int = COUNT) -> Integer[ndarray, " peak"]:
    """The steps of highest weight that lie at least 0.3 s apart, in the order of time; evenly spread ones where the attention is flat.

    Args:
        step_time_s: time of each step.
        weights: one emotion's perception attention (eq. 9); steps without weight are never peaks, unless none has any.
        count: at most so many.
    """
    if not len(weights):
        return np.zeros(0, np.int64)
    if weights.max() <= _FLAT * weights.min():
        return np.unique(((np.arange(count) + 0.5) / count * len(weights)).astype(np.int64))
    chosen: list[int] = []
    for step in np.argsort(-weights, kind="stable"):
        is_apart = all(abs(step_time_s[step] - step_time_s[other]) >= APART_S for other in chosen)
        if weights[step] > 0 and is_apart:
            chosen.append(int(step))
        if len(chosen) == count:
            break
    return np.sort(np.array(chosen, np.int64))
