"""The spectrum of each step, and what one number says of it: slope, rolloff, flatness, decrease.

Arrays lie bins first: a sum over bins then runs along whole rows of steps.
"""

from typing import Final

import numpy as np
import scipy.fft
from jaxtyping import Complex, Float

from avemo_core.audio.framing import BLOCK, EPS
from avemo_core.audio.project import project
from schemas.audio import SAMPLE_RATE_HZ

BINS: Final = BLOCK // 2 + 1
BIN_HZ: Final = SAMPLE_RATE_HZ / BLOCK
"""Width of a bin (15.625 Hz); bin k lies at k times it."""

FREQUENCY_HZ: Final = np.arange(BINS) * BIN_HZ
WINDOW: Final = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(BLOCK) / BLOCK)
"""Periodic Hann."""

VANISHING: Final = 1e-150
"""Below this a magnitude counts as 0: its square would be lost. No float32 sample but 0 comes near."""

ROLLOFF: Final = 0.99

_FALLING: Final = np.pad(np.stack([1 / np.arange(1, BINS), np.ones(BINS - 1)]), ((0, 0), (1, 0)))


def spectrum(f: Float[np.ndarray, "t_a block"]) -> Complex[np.ndarray, "t_a bins"]:
    """X_t = rfft(f_t w), w the periodic Hann window; unscaled, steps first.

    Source: YAAFE 0.70, FFT (FFTLength 1024, FFTWindow Hanning).
    """
    return np.asarray(scipy.fft.rfft(f * WINDOW, axis=1))


def magnitude(length: Float[np.ndarray, "t_a bins"]) -> Float[np.ndarray, "t_a bins"]:
    """a_t[k] = |X_t[k]|, an exact zero replaced by EPS; steps first.

    Unit: of the samples, times 512 for a full-scale sine's peak at most. Range: above 0.
    Source: YAAFE 0.70, MagnitudeSpectrum.

    Args:
        length: |X|.
    """
    return length if length.min() >= VANISHING else np.where(length < VANISHING, EPS, length)


def spectral_slope(sums: Float[np.ndarray, "5 t_a"]) -> Float[np.ndarray, "1 t_a"]:
    """Slope of the straight line through the magnitudes, over their sum.

    (K sum F a - sum F sum a) / (sum a (K sum F^2 - (sum F)^2)), K = 513, F in Hz.
    Unit: 1/Hz. Range: about -1e-6 to 1e-6. Source: YAAFE 0.70, SpectralSlope (Peeters 2004).

    Args:
        sums: sums of k^j a, j = 0 to 4 (avemo_core.audio.shape.power_sums).
    """
    total, weighted = sums[0], BIN_HZ * sums[1]
    line = FREQUENCY_HZ.sum()
    spread = BINS * np.square(FREQUENCY_HZ).sum() - line**2
    return np.asarray(((BINS * weighted - line * total) / (total * spread))[None])


def spectral_rolloff(p: Float[np.ndarray, "bins t_a"]) -> Float[np.ndarray, "1 t_a"]:
    """Frequency of the first bin by which the summed power exceeds 99 % of the whole.

    Unit: Hz. Range: 0 to 8000. Source: YAAFE 0.70, SpectralRolloff (Scheirer and Slaney 1997).
    """
    # 513 bins are 19 groups of 27: first find the group, then the bin in it.
    groups = p.reshape(19, 27, -1)
    cumulative = np.cumsum(groups.sum(axis=1), axis=0)
    limit = ROLLOFF * cumulative[-1]
    group = (cumulative <= limit).sum(axis=0)
    t = np.arange(group.size)
    before = np.where(group > 0, cumulative[group - 1, t], 0)
    within = before[:, None] + np.cumsum(groups[group, :, t], axis=1) <= limit[:, None]
    return np.asarray(((27 * group + within.sum(axis=1)) * BIN_HZ)[None])


def spectral_flatness(a: Float[np.ndarray, "bins t_a"]) -> Float[np.ndarray, "1 t_a"]:
    """Geometric over arithmetic mean of the magnitudes: exp(mean ln a) / mean a.

    Unit: none. Range: 0 (a tone) to 1 (a flat spectrum). Source: YAAFE 0.70, SpectralFlatness (Peeters 2004).
    """
    return np.asarray(np.exp(np.log(a).mean(axis=0, keepdims=True)) / a.mean(axis=0, keepdims=True))


def spectral_decrease(a: Float[np.ndarray, "bins t_a"]) -> Float[np.ndarray, "1 t_a"]:
    """Mean steepness seen from bin 0: sum_{k>=1} (a_k - a_0) / k over sum_{k>=1} a_k.

    Unit: none. Range: negative where the power lies low. Source: YAAFE 0.70, SpectralDecrease (Peeters 2004).
    """
    weighted, total = project(_FALLING, a)
    return np.asarray(((weighted - a[0] * _FALLING[0].sum()) / total)[None])
