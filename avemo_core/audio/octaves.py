"""Octave-band signal intensity (OBSI) and the ratio from band to band (OBSIR)."""

from typing import Final

import numpy as np
import scipy.sparse
from jaxtyping import Float

from avemo_core.audio.spectrum import BIN_HZ, BINS

LOWEST_HZ: Final = 27.5
"""Peak of the first band: the piano's lowest A."""

OCTAVES: Final = 9
"""1 + floor(log2(8000 / 27.5))."""


def obsi(p: Float[np.ndarray, "bins t_a"]) -> Float[np.ndarray, "9 t_a"]:
    """Log power under 9 triangles of peak 2 at 27.5 Hz and each octave above it; feet at the neighbouring peaks, 0 and 8000 Hz.

    ln max(sum_k H_i[k] p[k], sqrt(1e-6 max_k p[k])): the floor is an amplitude beside a power, as in YAAFE.
    Unit: ln of power. Range: -42.95 (silence) up. Source: YAAFE 0.70, OBSI (Essid 2005).
    """
    floor = np.sqrt(1e-6 * p.max(axis=0))
    return np.asarray(np.log(np.maximum(_TRIANGLES @ p, floor)))


def obsir(octaves: Float[np.ndarray, "9 t_a"]) -> Float[np.ndarray, "8 t_a"]:
    """Log ratio of neighbouring octaves: OBSI_{i+1} - OBSI_i.

    Unit: ln of a power ratio. Range: any. Source: YAAFE 0.70, OBSIR (Essid 2005).
    """
    return np.diff(octaves, axis=0)


def _triangles() -> Float[np.ndarray, "9 bins"]:
    k = np.arange(BINS)
    q = np.array([0, *(LOWEST_HZ * 2.0 ** np.arange(OCTAVES) / BIN_HZ), BINS - 1])
    left, peak, right = (edge[:, None] for edge in (q[:-2], q[1:-1], q[2:]))
    rising, falling = (k - left) / (peak - left), 1 - (k - peak) / (right - peak)
    return np.asarray(2 * np.maximum(0, np.minimum(rising, falling)))


_TRIANGLES: Final = scipy.sparse.csr_array(_triangles())
