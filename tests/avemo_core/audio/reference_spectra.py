"""The audio features read off whole spectra, transcribed from their formulas in plain loops."""

import math
from itertools import pairwise

import numpy as np
from numpy import ndarray

from tests.avemo_core.audio.reference_frames import DF, K, magnitudes, powers, shape_of, spectra


def magnitude_spectrum(x: ndarray) -> list[list[float]]:
    return magnitudes(x)


def spectral_shape_statistics(x: ndarray) -> list[list[float]]:
    return [shape_of(a) for a in magnitudes(x)]


def spectral_slope(x: ndarray) -> list[list[float]]:
    rows = []
    for a in magnitudes(x):
        s_a, s_fa = sum(a), sum(DF * k * a[k] for k in range(K))
        s_f, s_ff = sum(DF * k for k in range(K)), sum((DF * k) ** 2 for k in range(K))
        rows.append([(K * s_fa - s_f * s_a) / (s_a * (K * s_ff - s_f**2))])
    return rows


def spectral_rolloff(x: ndarray) -> list[list[float]]:
    rows = []
    for p in powers(x):
        total, so_far, k = sum(p), p[0], 0
        while so_far <= 0.99 * total:
            k += 1
            so_far += p[k]
        rows.append([DF * k])
    return rows


def spectral_flatness(x: ndarray) -> list[list[float]]:
    return [[math.exp(sum(math.log(v) for v in a) / K) / (sum(a) / K)] for a in magnitudes(x)]


def spectral_decrease(x: ndarray) -> list[list[float]]:
    return [[sum((a[k] - a[0]) / k for k in range(1, K)) / sum(a[1:])] for a in magnitudes(x)]


def spectral_flux(x: ndarray) -> list[list[float]]:
    rows = [[0.0]]
    for before, a in _pairs(magnitudes(x)):
        rows.append([sum((a[k] - before[k]) ** 2 for k in range(K)) / (_norm(before) * _norm(a))])
    return rows


def spectral_variation(x: ndarray) -> list[list[float]]:
    rows = [[0.0]]
    for before, a in _pairs(magnitudes(x)):
        rows.append([1 - sum(before[k] * a[k] for k in range(K)) / (_norm(before) * _norm(a))])
    return rows


def complex_domain_onset_detection(x: ndarray) -> list[list[float]]:
    series = [np.zeros(K, complex), np.zeros(K, complex), *spectra(x)]
    rows = []
    for t in range(2, len(series)):
        now, one, two = series[t], series[t - 1], series[t - 2]
        rows.append([sum(abs(now[k] - one[k] * _direction(one[k]) * _direction(two[k]).conjugate()) for k in range(K))])
    return rows


def _pairs(rows: list[list[float]]) -> list[tuple[list[float], list[float]]]:
    return list(pairwise(rows))


def _norm(a: list[float]) -> float:
    return math.sqrt(sum(v * v for v in a))


def _direction(z: complex) -> complex:
    return z / abs(z) if z else 1 + 0j
