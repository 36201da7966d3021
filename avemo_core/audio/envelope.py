"""The amplitude envelope over two seconds, its shape and its modulation (tremolo, grain)."""

from typing import Final

import numpy as np
import scipy.fft
from jaxtyping import Complex, Float

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
    even_odd = f.reshape(len(f), -1, 2).transpose(0, 2, 1)
    e = np.zeros((len(f), 2, (TAPS + (VALUES - 1) * DECIMATION) // 2))
    lead = (TAPS - DECIMATION) // 2
    for one in range(len(f)):  # what one block needs stays in the second-level cache
        _instantaneous_amplitude(even_odd[one], e[one, :, lead : lead + SLOW_BLOCK // 2])
    # Each value is four rows of 200 samples, each row times its quarter of the taps.
    quarters = (e.reshape(len(f), 2, -1, DECIMATION // 2) @ _TAPS).sum(axis=1)
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
    bin_hz = RATE_HZ / (SLOW_BLOCK * DECIMATION)
    start, stop = int(np.ceil(low_hz / bin_hz)) - 1, int(np.ceil(high_hz / bin_hz))
    inside = e[:, start:stop]
    peak = inside.max(axis=1)
    at_hz = (start + inside.argmax(axis=1)) * bin_hz
    above = np.maximum(0, peak - mean)
    return np.stack([at_hz, above, np.maximum(0, peak - inside.mean(axis=1)), at_hz * above])


def _modulation_spectrum(y: Float[np.ndarray, "t_s values"]) -> Float[np.ndarray, "t_s k"]:
    """|rfft of y with zeros to 32768|, k = 0 to 16383.

    With so few values not zero, bins k = 128 m + s are the transform of 256 of y turned by s bins: one for each shift s. As y is real,
    shifts beyond 64 mirror those below.
    """
    x = scipy.fft.fft(y[:, :, None] * _SHIFTS, _PRUNED, axis=1, overwrite_x=True)
    half = np.abs(x)
    e = np.empty((len(y), _PRUNED // 2, _PRUNED // 2))
    middle = _SHIFTS.shape[1]
    e[:, :, :middle] = half[:, : _PRUNED // 2]
    e[:, :, middle:] = half[:, : _PRUNED // 2 - 1 : -1, middle - 2 : 0 : -1]
    return e.reshape(len(y), -1)


def _instantaneous_amplitude(x: Float[np.ndarray, "2 half"], out: Float[np.ndarray, "2 half"]) -> None:
    """|x + i H(x)| of one block, its even samples before its odd ones.

    H turns each frequency by -90 degrees and drops the first and the last. Its kernel is 0 at even lags, so that its even samples come
    from the odd ones of x and the other way round: two circular convolutions of half the length.
    """
    z = scipy.fft.rfft(x[::-1], axis=1)
    z *= _QUARTER_TURN
    h = scipy.fft.irfft(z, SLOW_BLOCK // 2, axis=1, overwrite_x=True)
    h *= h
    np.multiply(x, x, out=out)
    out += h
    np.sqrt(out, out=out)


def _hann(length: int) -> Float[np.ndarray, " length"]:
    """0.5 (1 - cos(2 pi (i + 1) / (L + 1))): symmetric, without its zeros."""
    return 0.5 * (1 - np.cos(2 * np.pi * np.arange(1, length + 1) / (length + 1)))


def _falling_taps() -> Float[np.ndarray, "2 samples quarters"]:
    """The low-pass for even and for odd samples, a column for each quarter."""
    v = _hann(2 * TAPS)[TAPS:]
    return np.ascontiguousarray((v / v.sum()).reshape(TAPS // DECIMATION, -1, 2).transpose(2, 1, 0))


def _quarter_turn() -> Complex[np.ndarray, "2 k"]:
    """-i w^k for even samples from odd ones, -i w^-k for odd from even, w = exp(-2 pi i / 32768); the mean is dropped."""
    w = np.exp(-2j * np.pi * np.arange(SLOW_BLOCK // 4 + 1) / SLOW_BLOCK)
    w[0] = 0
    return -1j * np.stack([w, w.conj()])


_TAPS: Final = _falling_taps()
_QUARTER_TURN: Final = _quarter_turn()
_WINDOW: Final = _hann(VALUES)[:, None]
_PRUNED: Final = 256
_SHIFTS: Final = np.exp(-2j * np.pi * np.arange(VALUES)[:, None] * np.arange(SLOW_BLOCK // _PRUNED // 2 + 1) / SLOW_BLOCK)
