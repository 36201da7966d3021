"""The amplitude envelope over two seconds, its shape and its modulation (tremolo, grain)."""

from typing import Final

import numpy as np
import scipy.fft
from jaxtyping import Float

from avemo_core.audio.framing import RATE_HZ, SLOW_BLOCK

DECIMATION: Final = 200
"""Samples between envelope values: 80 Hz."""

VALUES: Final = -(-SLOW_BLOCK // DECIMATION)
"""164 envelope values a block."""

TAPS: Final = 800
"""0.05 s of low-pass."""

TREMOLO_HZ: Final = (4.0, 8.0)
GRAIN_HZ: Final = (10.0, 40.0)


def envelope(f: Float[np.ndarray, "t_s slow_block"]) -> Float[np.ndarray, "164 t_s"]:
    """Low-passed magnitude of the analytic signal, every 200 samples.

    out[i] = sum_{j<800} v[j] e[200 (i - 3) + j], e = |x + i H(x)| with the Hilbert transform by FFT over the block, 0 outside it;
    v the falling half of a Hann window of 1600, of sum 1.
    Unit: of the samples. Range: 0 up. Source: YAAFE 0.70, Envelope (EnDecim 200).

    Args:
        f: blocks of 32768 samples.
    """
    e = _instantaneous_amplitude(f)
    rows = TAPS // DECIMATION
    padded = np.pad(e, ((0, 0), (TAPS - DECIMATION, VALUES * DECIMATION - SLOW_BLOCK)))
    # Each value is four rows of 200 samples, each row times its quarter of the taps.
    quarters = padded.reshape(len(f), -1, DECIMATION) @ _falling_taps().reshape(rows, DECIMATION).T
    return np.asarray(sum(quarters[:, q : q + VALUES, q] for q in range(rows)).T)


def amplitude_modulation(env: Float[np.ndarray, "164 t_s"]) -> Float[np.ndarray, "8 t_s"]:
    """Strongest modulation between 4 and 8 Hz (tremolo) and between 10 and 40 Hz (grain), four values each.

    E = |rfft(envelope times Hann, zeros to 32768)| without its last bin, mu its mean, k* the first highest bin of the range, M = E[k*]:
    frequency of k*, max(0, M - mu), max(0, M - the range's mean), frequency times the second.
    Unit: Hz, then of the samples, the last times Hz. Range: 0 up. Source: YAAFE 0.70, AmplitudeModulation (Eronen 2001).
    """
    window = _hann(VALUES)[:, None]
    e = np.abs(scipy.fft.rfft((env * window).T, SLOW_BLOCK, axis=1))[:, :-1]
    mean = e.mean(axis=1)
    return np.concatenate([_strongest(e, mean, *TREMOLO_HZ), _strongest(e, mean, *GRAIN_HZ)])


def _strongest(e: Float[np.ndarray, "t_s k"], mean: Float[np.ndarray, " t_s"], low_hz: float, high_hz: float) -> Float[np.ndarray, "4 t_s"]:
    bin_hz = RATE_HZ / (SLOW_BLOCK * DECIMATION)
    start, stop = int(np.ceil(low_hz / bin_hz)) - 1, int(np.ceil(high_hz / bin_hz))
    inside = e[:, start:stop]
    peak = inside.max(axis=1)
    at_hz = (start + inside.argmax(axis=1)) * bin_hz
    above = np.maximum(0, peak - mean)
    return np.stack([at_hz, above, np.maximum(0, peak - inside.mean(axis=1)), at_hz * above])


def _instantaneous_amplitude(f: Float[np.ndarray, "t_s slow_block"]) -> Float[np.ndarray, "t_s slow_block"]:
    """|x + i H(x)| by real transforms: H turns each frequency by -90 degrees and drops the first and the last."""
    x = scipy.fft.rfft(f, axis=1)
    x *= -1j
    x[:, [0, -1]] = 0
    h = scipy.fft.irfft(x, SLOW_BLOCK, axis=1, overwrite_x=True)
    return np.asarray(np.sqrt(f * f + h * h))


def _falling_taps() -> Float[np.ndarray, " taps"]:
    v = _hann(2 * TAPS)[TAPS:]
    return np.asarray(v / v.sum())


def _hann(length: int) -> Float[np.ndarray, " length"]:
    """0.5 (1 - cos(2 pi (i + 1) / (L + 1))): symmetric, without its zeros."""
    return 0.5 * (1 - np.cos(2 * np.pi * np.arange(1, length + 1) / (length + 1)))
