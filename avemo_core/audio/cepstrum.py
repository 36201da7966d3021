"""The mel spectrum and its cepstrum (MFCC)."""

from typing import Final

import numpy as np
import scipy.sparse
from jaxtyping import Float

from avemo_core.audio.framing import EPS
from avemo_core.audio.project import project
from avemo_core.audio.spectrum import FREQUENCY_HZ

MELS: Final = 40
LOWEST_HZ: Final = 130.0
HIGHEST_HZ: Final = 6854.0
CEPSTRA: Final = 13


def mel_spectrum(a: Float[np.ndarray, "bins t_a"]) -> Float[np.ndarray, "40 t_a"]:
    """Magnitudes under 40 triangles, evenly spaced in mel from 130 to 6854 Hz, each of area 1.

    mel(F) = 1127 ln(1 + F / 700); triangle b has its feet at g_{b-1} and g_{b+1} and its peak 2 / (g_{b+1} - g_{b-1}) at g_b.
    Unit: of the magnitudes, per Hz. Range: above 0. Source: YAAFE 0.70, MelSpectrum (Davis and Mermelstein 1980).
    """
    return np.asarray(_TRIANGLES @ a)


def mfcc(mel: Float[np.ndarray, "40 t_a"]) -> Float[np.ndarray, "13 t_a"]:
    """c_1 to c_13 of the orthonormal cosine transform (DCT-II) of log10 of the mel spectrum; c_0 is dropped, no lifter.

    c_i = sqrt(2/40) sum_j y_j cos(pi i (j + 0.5) / 40), y = log10 mel, or ln EPS where mel is not above 0.
    Unit: log10 of the magnitude. Source: YAAFE 0.70, MFCC (Davis and Mermelstein 1980).
    """
    y = np.log10(np.where(mel > 0, mel, 10 ** np.log(EPS)))
    return project(_COSINES, y)


def mel_edges_hz() -> Float[np.ndarray, " 42"]:
    """The feet and peaks g_0 to g_41 of the triangles, in Hz."""
    low, high = 1127 * np.log1p(np.array([LOWEST_HZ, HIGHEST_HZ]) / 700)
    return np.asarray(700 * np.expm1(np.linspace(low, high, MELS + 2) / 1127))


def _triangles() -> Float[np.ndarray, "40 bins"]:
    g = mel_edges_hz()
    left, peak, right = (edge[:, None] for edge in (g[:-2], g[1:-1], g[2:]))
    rising, falling = (FREQUENCY_HZ - left) / (peak - left), (right - FREQUENCY_HZ) / (right - peak)
    return np.asarray(2 / (right - left) * np.maximum(0, np.minimum(rising, falling)))


def _cosines() -> Float[np.ndarray, "13 40"]:
    i, j = np.arange(1, CEPSTRA + 1)[:, None], np.arange(MELS)
    return np.asarray(np.sqrt(2 / MELS) * np.cos(np.pi * i * (j + 0.5) / MELS))


_TRIANGLES: Final = scipy.sparse.csr_array(_triangles())
_COSINES: Final = _cosines()
