"""The audio features read off bands of the spectrum, transcribed from their formulas in plain loops."""

import math

from numpy import ndarray

from tests.avemo_core.audio.reference_frames import DF, EPS, K, magnitudes, powers


def mel_spectrum(x: ndarray) -> list[list[float]]:
    low, high = 1127 * math.log(1 + 130 / 700), 1127 * math.log(1 + 6854 / 700)
    g = [700 * (math.exp((low + i * (high - low) / 41) / 1127) - 1) for i in range(42)]
    rows = []
    for a in magnitudes(x):
        row = []
        for b in range(1, 41):
            height = 2 / (g[b + 1] - g[b - 1])
            sides = [min((DF * k - g[b - 1]) / (g[b] - g[b - 1]), (g[b + 1] - DF * k) / (g[b + 1] - g[b])) for k in range(K)]
            row.append(sum(height * max(0, sides[k]) * a[k] for k in range(K)))
        rows.append(row)
    return rows


def mfcc(x: ndarray) -> list[list[float]]:
    rows = []
    for mel in mel_spectrum(x):
        y = [math.log10(v) for v in mel]
        rows.append([math.sqrt(2 / 40) * sum(y[j] * math.cos(math.pi * i * (j + 0.5) / 40) for j in range(40)) for i in range(1, 14)])
    return rows


def loudness(x: ndarray) -> list[list[float]]:
    z = [13 * math.atan(DF * k / 1315.8) + 3.5 * math.atan((DF * k / 7518) ** 2) for k in range(K)]
    starts = [0, *(next(k for k in range(K) if z[k] > b * z[512] / 24) for b in range(1, 24)), 512]
    rows = []
    for p in powers(x):
        specific = [sum(p[k] for k in range(starts[b], starts[b + 1])) ** 0.23 for b in range(24)]
        rows.append([n / sum(specific) for n in specific])
    return rows


def perceptual_sharpness(x: ndarray) -> list[list[float]]:
    g = [0.11 * b if b < 15 else 0.11 * b * 0.066 * math.exp(0.171 * b) for b in range(1, 25)]
    return [[sum(g[b] * row[b] for b in range(24))] for row in loudness(x)]


def perceptual_spread(x: ndarray) -> list[list[float]]:
    return [[(1 - max(row)) ** 2] for row in loudness(x)]


def obsi(x: ndarray) -> list[list[float]]:
    q = [0.0, *(27.5 * 2 ** (i - 1) * 1024 / 16000 for i in range(1, 10)), 512.0]
    rows = []
    for p in powers(x):
        row = []
        for i in range(1, 10):
            total = 0.0
            for k in range(K):
                if q[i - 1] <= k < q[i]:
                    total += 2 * (k - q[i - 1]) / (q[i] - q[i - 1]) * p[k]
                elif q[i] <= k <= q[i + 1]:
                    total += 2 * (1 - (k - q[i]) / (q[i + 1] - q[i])) * p[k]
            row.append(math.log(max(total, math.sqrt(1e-6 * max(p)))))
        rows.append(row)
    return rows


def obsir(x: ndarray) -> list[list[float]]:
    return [[row[i + 1] - row[i] for i in range(8)] for row in obsi(x)]


BANDS = [
    *((15, 20, 1), (18, 24, 1), (21, 28, 1), (26, 34, 1), (30, 40, 1), (36, 48, 1), (43, 57, 1), (51, 67, 1)),
    *((61, 80, 2), (72, 95, 2), (86, 113, 2), (102, 135, 2), (122, 161, 4), (145, 192, 4), (172, 227, 4), (205, 268, 4)),
    *((243, 322, 8), (289, 384, 8), (344, 455, 8)),
]
"""First bin, last bin, bins a group."""


def spectral_flatness_per_band(x: ndarray) -> list[list[float]]:
    rows = []
    for p in powers(x):
        row = []
        for band in BANDS:
            e = [d + EPS for d in _groups(p, *band)]
            row.append(math.exp(sum(math.log(v) for v in e) / len(e)) / (sum(e) / len(e)))
        rows.append(row)
    return rows


def spectral_crest_factor_per_band(x: ndarray) -> list[list[float]]:
    return [[max(d) / (sum(d) / len(d)) for d in (_groups(p, *band) for band in BANDS)] for p in powers(x)]


def _groups(p: list[float], first: int, last: int, group: int) -> list[float]:
    return [sum(p[k : k + group]) for k in range(first, last + 1, group)]
