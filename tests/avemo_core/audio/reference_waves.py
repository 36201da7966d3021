"""The audio features read off the samples and their envelope, transcribed from their formulas in plain loops."""

import math

import numpy as np
from numpy import ndarray

from tests.avemo_core.audio.reference_frames import frames, shape_of


def energy(x: ndarray) -> list[list[float]]:
    return [[math.sqrt(sum(v * v for v in f) / 1024)] for f in frames(x, 1024, 512)]


def zcr(x: ndarray) -> list[list[float]]:
    rows = []
    for f in frames(x, 1024, 512):
        nonzero = [v for v in f if v != 0]
        rows.append([sum(nonzero[n] * nonzero[n + 1] < 0 for n in range(len(nonzero) - 1)) / 1024])
    return rows


def autocorrelation(x: ndarray) -> list[list[float]]:
    return [_correlation(f, 49) for f in frames(x, 1024, 512)]


def lpc(x: ndarray) -> list[list[float]]:
    return [_levinson(_correlation(f, 3))[1:] for f in frames(x, 1024, 512)]


def lsf(x: ndarray) -> list[list[float]]:
    rows = []
    for f in frames(x, 1024, 512):
        a = [*_levinson(_correlation(f, 11)), 0.0]
        p, q = [], []
        for i in range(11):
            p.append(a[i] + a[11 - i] - (p[i - 1] if i else 0))
            q.append(a[i] - a[11 - i] + (q[i - 1] if i else 0))
        angles = [np.angle(root) for polynomial in (p, q) for root in np.roots(polynomial)]
        rows.append(sorted(angle for angle in angles if angle > 0))
    return rows


def temporal_shape_statistics(x: ndarray) -> list[list[float]]:
    return [shape_of([abs(v) for v in f]) for f in frames(x, 1024, 512)]


def envelope(x: ndarray) -> list[list[float]]:
    taps = [_hann(1600)[800 + j] for j in range(800)]
    total = sum(taps)
    rows = []
    for f in frames(x, 32768, 16384):
        z = np.fft.fft(f)
        z[1:16384] *= 2
        z[16385:] = 0
        e = np.concatenate([np.zeros(600), np.abs(np.fft.ifft(z)), np.zeros(32)]).tolist()
        rows.append([sum(v * e[200 * i + j] for j, v in enumerate(taps)) / total for i in range(164)])
    return rows


def envelope_shape_statistics(x: ndarray) -> list[list[float]]:
    return [shape_of(row) for row in envelope(x)]


def amplitude_modulation(x: ndarray) -> list[list[float]]:
    window = _hann(164)
    rows = []
    for env in envelope(x):
        e = np.abs(np.fft.rfft([v * w for v, w in zip(env, window, strict=True)], 32768))[:16384]
        row: list[float] = []
        for start, stop in ((1638, 3277), (4095, 16384)):
            k = start + int(np.argmax(e[start:stop]))
            above = max(0.0, e[k] - e.mean())
            row += [k * 0.00244140625, above, max(0.0, e[k] - e[start:stop].mean()), k * 0.00244140625 * above]
        rows.append(row)
    return rows


def _correlation(f: ndarray, lags: int) -> list[float]:
    return [math.fsum(f[: 1024 - lag] * f[lag:]) for lag in range(lags)]


def _levinson(r: list[float]) -> list[float]:
    a, error = [1.0], r[0]
    for i in range(1, len(r)):
        k = -sum(a[j] * r[i - j] for j in range(i)) / error if error > 0 else 0.0
        a = [u + k * v for u, v in zip([*a, 0.0], [0.0, *a[::-1]], strict=True)]
        error *= 1 - k * k
    return a


def _hann(length: int) -> list[float]:
    return [0.5 * (1 - math.cos(2 * math.pi * (i + 1) / (length + 1))) for i in range(length)]
