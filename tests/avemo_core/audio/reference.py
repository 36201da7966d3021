"""The 27 audio features, transcribed from their formulas: float64, a loop for every index but the FFT's. Slow and plain on purpose."""

import math
from collections.abc import Callable
from itertools import pairwise

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


def magnitude_spectrum(x: ndarray) -> list[list[float]]:
    return magnitudes(x)


def energy(x: ndarray) -> list[list[float]]:
    return [[math.sqrt(sum(v * v for v in f) / 1024)] for f in frames(x, 1024, 512)]


def zcr(x: ndarray) -> list[list[float]]:
    rows = []
    for f in frames(x, 1024, 512):
        kept = [v for v in f if v != 0]
        rows.append([sum(kept[n] * kept[n + 1] < 0 for n in range(len(kept) - 1)) / 1024])
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
    return [_shape([abs(v) for v in f]) for f in frames(x, 1024, 512)]


def spectral_shape_statistics(x: ndarray) -> list[list[float]]:
    return [_shape(a) for a in magnitudes(x)]


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
    return [_shape(row) for row in envelope(x)]


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


SLOW: dict[str, Callable[[ndarray], list[list[float]]]] = {
    "AmplitudeModulation": amplitude_modulation,
    "Envelope": envelope,
    "EnvelopeShapeStatistics": envelope_shape_statistics,
}

FAST: dict[str, Callable[[ndarray], list[list[float]]]] = {
    "AutoCorrelation": autocorrelation,
    "ComplexDomainOnsetDetection": complex_domain_onset_detection,
    "Energy": energy,
    "LPC": lpc,
    "LSF": lsf,
    "Loudness": loudness,
    "MFCC": mfcc,
    "MagnitudeSpectrum": magnitude_spectrum,
    "MelSpectrum": mel_spectrum,
    "OBSI": obsi,
    "OBSIR": obsir,
    "PerceptualSharpness": perceptual_sharpness,
    "PerceptualSpread": perceptual_spread,
    "SpectralCrestFactorPerBand": spectral_crest_factor_per_band,
    "SpectralDecrease": spectral_decrease,
    "SpectralFlatness": spectral_flatness,
    "SpectralFlatnessPerBand": spectral_flatness_per_band,
    "SpectralFlux": spectral_flux,
    "SpectralRolloff": spectral_rolloff,
    "SpectralShapeStatistics": spectral_shape_statistics,
    "SpectralSlope": spectral_slope,
    "SpectralVariation": spectral_variation,
    "TemporalShapeStatistics": temporal_shape_statistics,
    "ZCR": zcr,
}


def feature(name: str, x: ndarray) -> ndarray:
    """One feature, a row a step; a slow one is held for 32 steps."""
    if name in FAST:
        return np.array(FAST[name](x))
    return np.repeat(SLOW[name](x), 32, axis=0)[: math.ceil(len(x) / 512)]


def _correlation(f: ndarray, lags: int) -> list[float]:
    return [math.fsum(f[: 1024 - lag] * f[lag:]) for lag in range(lags)]


def _levinson(r: list[float]) -> list[float]:
    a, error = [1.0], r[0]
    for i in range(1, len(r)):
        k = -sum(a[j] * r[i - j] for j in range(i)) / error if error > 0 else 0.0
        a = [u + k * v for u, v in zip([*a, 0.0], [0.0, *a[::-1]], strict=True)]
        error *= 1 - k * k
    return a


def _shape(v: list[float]) -> list[float]:
    s = sum(v) or EPS
    m = [sum(i**j * v[i] for i in range(len(v))) / s for j in range(5)]
    d = math.sqrt(max(m[2] - m[1] ** 2, 0)) or EPS
    skewness = (2 * m[1] ** 3 - 3 * m[1] * m[2] + m[3]) / d**3
    return [m[1], d, skewness, (-3 * m[1] ** 4 + 6 * m[1] * m[2] - 4 * m[1] * m[3] + m[4]) / d**4 - 3]


def _groups(p: list[float], first: int, last: int, group: int) -> list[float]:
    return [sum(p[k : k + group]) for k in range(first, last + 1, group)]


def _hann(length: int) -> list[float]:
    return [0.5 * (1 - math.cos(2 * math.pi * (i + 1) / (length + 1))) for i in range(length)]


def _pairs(rows: list[list[float]]) -> list[tuple[list[float], list[float]]]:
    return list(pairwise(rows))


def _norm(a: list[float]) -> float:
    return math.sqrt(sum(v * v for v in a))


def _direction(z: complex) -> complex:
    return z / abs(z) if z else 1 + 0j
