"""The amplitude envelope over two seconds, its shape and its modulation (tremolo, grain)."""

from typing import Final

import numpy as np
import scipy.fft
from jaxtyping import Float

from avemo_core.audio.framing import SLOW_BLOCK
from schemas.audio import SAMPLE_RATE_HZ

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
    e = np.empty((len(f), TAPS + (VALUES - 1) * DECIMATION))
    inside = slice(TAPS - DECIMATION, TAPS - DECIMATION + SLOW_BLOCK)
    e[:, : inside.start] = e[:, inside.stop :] = 0
    for pair in range(0, len(f), 2):  # what two blocks need stays near the processor
        _instantaneous_amplitude(f[pair : pair + 2], e[pair : pair + 2, inside])
    # Each value is four rows of 200 samples, each row times its quarter of the taps.
    quarters = e.reshape(len(f), -1, DECIMATION) @ _TAPS
    return np.asarray(sum(quarters[:, q : q + VALUES, q] for q in range(TAPS // DECIMATION)).T)


def amplitude_modulation(env: Float[np.ndarray, "164 t_s"]) -> Float[np.ndarray, "8 t_s"]:
    """Strongest modulation between 4 and 8 Hz (tremolo) and between 10 and 40 Hz (grain), four values each.

    E = |rfft(envelope times Hann, zeros to 32768)| without its last bin, mu its mean, k* the first highest bin of the range, M = E[k*]:
    frequency of k*, max(0, M - mu), max(0, M - the range's mean), frequency times the second.
    Unit: Hz, then of the samples, the last times Hz. Range: 0 up. Source: YAAFE 0.70, AmplitudeModulation (Eronen 2001).
    """
    e = _modulation_spectrum((env * _WINDOW).T)
    mean = e.mean(axis=1)
    return np.concatenate([_strongest(e, mean, *TREMOLO_HZ), _strongest(e, mean, *GRAIN_HZ)])


def _strongest(e: Float[np.ndarray, "t_s k"], mean: Float[np.ndarray, " t_s"], low_hz: float, high_hz: float) -> Float[np.ndarray, "4 t_s"]:
    bin_hz = SAMPLE_RATE_HZ / (SLOW_BLOCK * DECIMATION)
    start, stop = int(np.ceil(low_hz / bin_hz)) - 1, int(np.ceil(high_hz / bin_hz))
    inside = e[:, start:stop]
    k = inside.argmax(axis=1)
    peak, at_hz = inside[np.arange(len(e)), k], (start + k) * bin_hz
    above = np.maximum(0, peak - mean)
    return np.stack([at_hz, above, np.maximum(0, peak - inside.mean(axis=1)), at_hz * above])


def _modulation_spectrum(y: Float[np.ndarray, "t_s values"]) -> Float[np.ndarray, "t_s k"]:
    """|rfft of y with zeros to 32768|, k = 0 to 16383.

    With so few values not zero, bins k = 128 m + s are the transform of 256 of y turned by s bins: one for each shift s. As y is real,
    shifts beyond 64 mirror those below.
    """
    half = _PRUNED // 2
    x = np.zeros((len(y), _PRUNED, _SHIFTS.shape[1]), np.complex128)
    np.multiply(y[:, :, None], _SHIFTS, out=x[:, :VALUES])
    x = scipy.fft.fft(x, axis=1, overwrite_x=True)
    e = np.empty((len(y), half, half))
    np.abs(x[:, :half], out=e[:, :, : half // 2 + 1])
    np.abs(x[:, : half - 1 : -1, half // 2 - 1 : 0 : -1], out=e[:, :, half // 2 + 1 :])
    return e.reshape(len(y), -1)


def _instantaneous_amplitude(f: Float[np.ndarray, "t_s slow_block"], out: Float[np.ndarray, "t_s slow_block"]) -> None:
    """|x + i H(x)|: H turns each frequency by -90 degrees and drops the first and the last."""
    z = scipy.fft.rfft(f, axis=1)
    z *= -1j  # the first and last bins are real and so become imaginary, which irfft drops
    analytic = np.empty(f.shape, np.complex128)
    analytic.real = f
    analytic.imag = scipy.fft.irfft(z, SLOW_BLOCK, axis=1, overwrite_x=True)
    np.abs(analytic, out=out)


def _hann(length: int) -> Float[np.ndarray, " length"]:
    """0.5 (1 - cos(2 pi (i + 1) / (L + 1))): symmetric, without its zeros."""
    return 0.5 * (1 - np.cos(2 * np.pi * np.arange(1, length + 1) / (length + 1)))


def _falling_taps() -> Float[np.ndarray, "samples quarters"]:
    """The low-pass, a column for each quarter."""
    v = _hann(2 * TAPS)[TAPS:]
    return np.ascontiguousarray((v / v.sum()).reshape(-1, DECIMATION).T)


_TAPS: Final = _falling_taps()
_WINDOW: Final = _hann(VALUES)[:, None]
_PRUNED: Final = 256
_SHIFTS: Final = np.exp(-2j * np.pi * np.arange(VALUES)[:, None] * np.arange(SLOW_BLOCK // _PRUNED // 2 + 1) / SLOW_BLOCK)
