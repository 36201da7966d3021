"""Loudness on the Bark scale, and what follows from it: sharpness and spread."""

from typing import Final

import numpy as np
import scipy.sparse
from jaxtyping import Float

from avemo_core.audio.spectrum import BINS, FREQUENCY_HZ
from schemas.audio import SAMPLE_RATE_HZ

BARKS: Final = 24
EXPONENT: Final = 0.23


def loudness(p: Float[np.ndarray, "bins t_a"]) -> Float[np.ndarray, "24 t_a"]:
    """Relative specific loudness of 24 bands of equal width in Bark: N'_b / sum N', N'_b = (sum of the band's power)^0.23.

    z(F) = 13 atan(F / 1315.8) + 3.5 atan((F / 7518)^2); band b starts at the first bin above b z(8000) / 24; the last bin is left out.
    Unit: none. Range: 0 to 1, a step sums to 1. Source: YAAFE 0.70, Loudness, LMode Relative (Moore, Glasberg and Baer 1997).
    """
    n = np.asarray(_BANDS @ p) ** EXPONENT
    return np.asarray(n / n.sum(axis=0))


def perceptual_sharpness(n: Float[np.ndarray, "24 t_a"]) -> Float[np.ndarray, "1 t_a"]:
    """Centroid of the loudness, high bands raised: sum_b g(b) L_b, g(b) = 0.11 b, times 0.066 exp(0.171 b) from b = 15.

    Unit: acum, up to a factor. Range: 0.11 to 10.5. Source: YAAFE 0.70, PerceptualSharpness (Peeters 2004).
    """
    return np.asarray((_SHARPNESS * n).sum(axis=0, keepdims=True))


def perceptual_spread(n: Float[np.ndarray, "24 t_a"]) -> Float[np.ndarray, "1 t_a"]:
    """How far the loudest band is from being all: (1 - max_b L_b)^2.

    Unit: none. Range: 0 to 0.92. Source: YAAFE 0.70, PerceptualSpread (Peeters 2004).
    """
    return np.asarray((1 - n.max(axis=0, keepdims=True)) ** 2)


def band_starts() -> list[int]:
    """First bin of each of the 24 bands."""
    z, z_max = _bark(FREQUENCY_HZ), _bark(np.array([SAMPLE_RATE_HZ / 2]))
    inner = np.searchsorted(z, np.arange(1, BARKS) * (z_max / BARKS), side="right")
    return [0, *inner.tolist()]


def _bark(f_hz: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    return 13 * np.arctan(f_hz / 1315.8) + 3.5 * np.arctan((f_hz / 7518) ** 2)


def _bands() -> Float[np.ndarray, "24 bins"]:
    starts, k = np.array(band_starts())[:, None], np.arange(BINS)
    stops = np.append(starts[1:], [[BINS - 1]], axis=0)
    return ((starts <= k) & (k < stops)).astype(np.float64)


def _sharpness() -> Float[np.ndarray, "24 1"]:
    b = np.arange(1.0, BARKS + 1)[:, None]
    return np.asarray(0.11 * b * np.where(b < 15, 1, 0.066 * np.exp(0.171 * b)))


_BANDS: Final = scipy.sparse.csr_array(_bands())
_SHARPNESS: Final = _sharpness()
