"""The fundamental frequency (F0) of a voice, step by step, read off the magnitude spectrum that the features hold."""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
import scipy.fft
from jaxtyping import Float, Float32

from schemas.audio import SAMPLE_RATE_HZ

LOWEST_HZ: Final = 65.0
"""Least fundamental: men's low voices."""

CEILING_HZ: Final = 450.0
"""Highest fundamental in models of before it could be chosen; raised voices of women reach 591 Hz (docs/decisions/prosody.md)."""

OCTAVE_COST: Final = 0.01
"""What a candidate loses for every octave below the highest: twice a period is a period too (Boersma 1993, eq. 26)."""

_BLOCK: Final = 1024
"""Samples of sound under one step's spectrum."""

_LAST_LAG: Final = int(SAMPLE_RATE_HZ / LOWEST_HZ)

# The inverse transform of |X|^2 is the autocorrelation of the windowed block. YAAFE's spectrum has no zeros behind the block, so that
# it is circular: lag L pairs sample n with sample (n + L) mod 1024, and for the last L samples the partner wraps around to the first L.
#
#     window        __________________________________
#                __/                                  \__
#             __/                                        \__
#             |          |                       |          |
#     sample  0          L                    1024-L       1024
#             |<-------------------------------->|              true pairs: n with n + L
#             |<-------->|                       |<-------->|   wrapped pairs: n in the last L with n + L - 1024 in the first L
#
# Both partners of a wrapped pair lie under the feet of the window. At the longest lag used, 246 (65 Hz), all wrapped pairs together
# carry 0.9 % of the window's own autocorrelation, and less at every shorter lag; at lag 400 (40 Hz) they would carry a seventh. The
# divisor, the autocorrelation of the window alone, wraps in the same way.
_WINDOW: Final = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_BLOCK) / _BLOCK)
_WINDOW_CORRELATION: Final = np.fft.irfft(np.abs(np.fft.rfft(_WINDOW)) ** 2) / np.sum(_WINDOW**2)


class _Lags(NamedTuple):
    """The lags among which a period is looked for, shortest first."""

    columns: slice
    """Of the autocorrelation; with a neighbour at either end, for the interpolation."""
    samples: Float32[np.ndarray, " lags"]
    cost: Float32[np.ndarray, " lags"]
    window_correlation: Float32[np.ndarray, " wide"]


@cache
def _lags(ceiling_hz: float) -> _Lags:
    first = int(SAMPLE_RATE_HZ / ceiling_hz)
    columns = slice(first - 1, _LAST_LAG + 2)
    samples = np.arange(first, _LAST_LAG + 1, dtype=np.float32)
    cost = np.float32(OCTAVE_COST) * np.log2(samples / first)
    return _Lags(columns, samples, cost, _WINDOW_CORRELATION[columns].astype(np.float32))


class Pitch(NamedTuple):
    """One candidate a step, whether the step is voiced or not."""

    f0_hz: Float[np.ndarray, " t_a"]
    strength: Float[np.ndarray, " t_a"]
    """Voicing strength: height of the autocorrelation there, 1 for a periodic sound, near 0 for noise and for silence."""


def pitch(magnitude: Float32[np.ndarray, "t_a 513"], ceiling_hz: float = CEILING_HZ) -> Pitch:
    """Find each step's period: the highest peak of its autocorrelation, divided by that of the window.

    Source: Boersma 1993, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
    sampled sound".
    Departs: the spectrum was not padded, so that lags wrap around; up to 16 ms that is harmless (see `_WINDOW`).

    Args:
        magnitude: |X| of each step, bins of 15.625 Hz, as `MagnitudeSpectrum` has it.
        ceiling_hz: highest fundamental that is looked for.
    """
    lags = _lags(ceiling_hz)
    correlation = scipy.fft.irfft(np.square(magnitude, dtype=np.float32), axis=1)
    rows = correlation[:, lags.columns] / np.maximum(correlation[:, :1], np.finfo(np.float32).tiny)
    rows /= lags.window_correlation
    offset, height = _tops(rows)
    best = (height - lags.cost).argmax(1)
    step = np.arange(len(rows))
    return Pitch(SAMPLE_RATE_HZ / (lags.samples[best] + offset[step, best]), height[step, best])


def _tops(rows: Float[np.ndarray, "t_a lags"]) -> tuple[np.ndarray, np.ndarray]:
    """Of the parabola through each lag and its two neighbours: where its top lies, from the lag, and how high; 0 without one."""
    before, middle, after = rows[:, :-2], rows[:, 1:-1], rows[:, 2:]
    is_peak = (middle >= before) & (middle >= after) & (2 * middle > before + after)
    bend = np.where(is_peak, before - 2 * middle + after, -1)
    offset = np.where(is_peak, (before - after) / (2 * bend), 0)
    return offset, np.where(is_peak, middle - (before - after) * offset / 4, 0)
