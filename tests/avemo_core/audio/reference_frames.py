"""What the plain transcriptions of the 27 audio features share: blocks, spectra, and the four moments of a shape."""

import math

import numpy as np
from numpy import ndarray

EPS = 2.220446049250313e-16
K = 513
DF = 15.625


def frames(x: ndarray, block: int, step: int) -> list[ndarray]:
    """Blocks centred on every step-th sample, zeros outside the sound."""
    padded = np.concatenate([np.zeros(block // 2), x, np.zeros((block - 1) // 2)])
    return [padded[start : start + block] for start in range(0, len(padded) - block + 1, step)]


def spectra(x: ndarray) -> list[ndarray]:
    window = np.array([0.5 * (1 - math.cos(2 * math.pi * n / 1024)) for n in range(1024)])
    return [np.fft.rfft(f * window) for f in frames(x, 1024, 512)]


def magnitudes(x: ndarray) -> list[list[float]]:
    return [[abs(z) if abs(z) > 0 else EPS for z in spectrum] for spectrum in spectra(x)]


def powers(x: ndarray) -> list[list[float]]:
    return [[v * v for v in a] for a in magnitudes(x)]


def shape_of(v: list[float]) -> list[float]:
    s = sum(v) or EPS
    m = [sum(i**j * v[i] for i in range(len(v))) / s for j in range(5)]
    d = math.sqrt(max(m[2] - m[1] ** 2, 0)) or EPS
    skewness = (2 * m[1] ** 3 - 3 * m[1] * m[2] + m[3]) / d**3
    return [m[1], d, skewness, (-3 * m[1] ** 4 + 6 * m[1] * m[2] - 4 * m[1] * m[3] + m[4]) / d**4 - 3]
