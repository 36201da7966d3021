"""The moments of a clip that an emotion's perception attention points to."""

from typing import Final

import numpy as np
from jaxtyping import Float, Integer
from numpy import ndarray
from scipy.signal import find_peaks

COUNT: Final = 3
APART_S: Final = 0.3
"""Two moments closer than this look the same."""

PROMINENCE: Final = 0.25
"""A pronounced peak stands out from what lies around it by this share of the highest weight."""

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
    if _is_flat(weights):
        return np.unique(((np.arange(count) + 0.5) / count * len(weights)).astype(np.int64))
    return _highest_apart(step_time_s, weights, np.flatnonzero(weights > 0), count)


def pronounced_peaks(step_time_s: Float[ndarray, " t_v"], weights: Float[ndarray, " t_v"], count: int = COUNT) -> Integer[ndarray, " peak"]:
    """As `attention_peaks`, but only where attention has a peak, for readers who take each for a finding; none where it is flat.

    A pronounced peak is a local maximum with more than an even spread's share of the attention, and its prominence (the height above
    the higher of the two valleys beside it) is a quarter of the highest weight or more.
    """
    if not len(weights) or _is_flat(weights):
        return np.zeros(0, np.int64)
    # Zeros at either end, since attention may be highest at the first or the last step.
    found, _ = find_peaks(np.pad(weights, 1), height=weights.mean(), prominence=PROMINENCE * weights.max())
    return _highest_apart(step_time_s, weights, found - 1, count)


def _is_flat(weights: Float[ndarray, " t_v"]) -> bool:
    """Whether attention is so even that it points nowhere; that of a single step is."""
    return bool(weights.max() <= _FLAT * weights.min())


def _highest_apart(
    step_time_s: Float[ndarray, " t_v"], weights: Float[ndarray, " t_v"], steps: Integer[ndarray, " step"], count: int
) -> Integer[ndarray, " peak"]:
    """The highest of some steps that lie at least 0.3 s apart, at most so many, in the order of time."""
    chosen: list[int] = []
    for step in steps[np.argsort(-weights[steps], kind="stable")]:
        if all(abs(step_time_s[step] - step_time_s[other]) >= APART_S for other in chosen):
            chosen.append(int(step))
        if len(chosen) == count:
            break
    return np.sort(np.array(chosen, np.int64))
