"""Linear prediction: autocorrelation, LPC, line spectral frequencies."""

from typing import Final

import numpy as np
import scipy.fft
from jaxtyping import Float

from avemo_core.audio.framing import STEP
from avemo_core.audio.project import project

LAGS: Final = 49
ORDER: Final = 10

_BETWEEN: Final = 2 * (LAGS - 1)


def autocorrelation(hops: Float[np.ndarray, "t_b hop"]) -> Float[np.ndarray, "49 t_a"]:
    """r[l] = sum_n f[n] f[n + l] over the step's 1024 samples, l = 0 to 48; no window, no scaling.

    A step is two hops of 512 samples, and each product f[n] f[n + l] lies within one hop or between the two:

        hop t               hop t + 1
        | ............ y z | a b ............ |        between: z a (lag 1), y a and z b (lag 2), y b (lag 3), ...
        | a' b' ...... y z |                           wrapped: z a', y a' and z b', ...: the same with hop t's own start

    Sums within a hop come from its power spectrum, which serves two steps. But a power spectrum knows the hop as a ring, so that they hold
    the wrapped products too, which are subtracted. Wrapped and between are convolutions of the last 48 samples, reversed, with the first
    48: their value m is the sum at lag m + 1.

    Unit: of the samples, squared. Range: |r[l]| <= r[0]. Source: YAAFE 0.70, AutoCorrelation (Peeters 2004).

    Args:
        hops: the samples; step t covers hops t and t + 1, t_b = t_a + 1.
    """
    x = scipy.fft.rfft(hops, axis=1)
    power = np.square(x.real) + np.square(x.imag)
    r = project(_COSINES, (power[:-1] + power[1:]).T)
    end = scipy.fft.rfft(hops[:, :-LAGS:-1], _BETWEEN, axis=1)
    start = scipy.fft.rfft(hops[:, : LAGS - 1], _BETWEEN, axis=1)
    wrapped = end * start
    between = end[:-1] * start[1:] - wrapped[:-1] - wrapped[1:]
    r[1:] += scipy.fft.irfft(between, _BETWEEN, axis=1, overwrite_x=True)[:, : LAGS - 1].T
    return r


def lpc(k: Float[np.ndarray, "order t_a"]) -> Float[np.ndarray, "2 t_a"]:
    """a_1 and a_2 of the prediction error filter A(z) = 1 + a_1 z^-1 + a_2 z^-2 (Levinson-Durbin).

    Unit: none. Range: |a_1| < 2, |a_2| < 1. Source: YAAFE 0.70, LPC (Makhoul 1975).
    Departs: 0 in digital silence, where YAAFE has NaN.

    Args:
        k: reflection coefficients, at least k_1 and k_2.
    """
    k_1, k_2 = k[:2]
    return np.stack([k_1 * (1 + k_2), k_2])


def lsf(k: Float[np.ndarray, "10 t_a"]) -> Float[np.ndarray, "10 t_a"]:
    """Line spectral frequencies of order 10, ascending: the angles of the roots of A(z) +- z^-11 A(1/z) in (0, pi).

    Unit: radians a sample. Range: 0 to pi. Source: YAAFE 0.70, LSF with LSFDisplacement 1 (Schuessler 1976; Baeckstroem and Magi 2006).
    Departs: pi i / 11 in digital silence, those of A = 1; there YAAFE aborts.

    The symmetric sum obeys a three-term recurrence (split Levinson: Delsarte and Genin 1986), so that its roots are eigenvalues
    of a symmetric tridiagonal matrix made of the reflection coefficients: real and in order whatever the rounding. The difference is the
    sum of A(-z), whose angles count from pi.

    Args:
        k: reflection coefficients k_1 to k_10.
    """
    alternate = np.where(np.arange(len(k)) % 2, 1, -1)[:, None]
    both = np.concatenate([_symmetric_angles(k), np.pi - _symmetric_angles(alternate * k)])
    return np.sort(both, axis=0)


def reflections(r: Float[np.ndarray, "lags t_a"], order: int = ORDER) -> Float[np.ndarray, "order t_a"]:
    """Reflection coefficients k_1 to k_10 by the Levinson-Durbin recursion; 0 where nothing is left to predict.

    k_i = -(r[i] + sum_j a_j r[i - j]) / E, E the error so far, a_i = k_i.
    """
    k = np.zeros((order, r.shape[1]))
    a = np.zeros((order + 1, r.shape[1]))
    a[0] = 1
    error = r[0].copy()
    for i in range(1, order + 1):
        rest = (a[:i] * r[i:0:-1]).sum(axis=0)
        np.divide(-rest, error, out=k[i - 1], where=error > 0)
        a[1 : i + 1] += k[i - 1] * a[i - 1 :: -1]
        error -= error * k[i - 1] * k[i - 1]
    return k


def _symmetric_angles(k: Float[np.ndarray, "order t_a"]) -> Float[np.ndarray, "half t_a"]:
    """Angles in (0, pi) of the roots of A(z) + z^-11 A(1/z).

    With P_i = A_{i-1}(z) + z^-i A_{i-1}(1/z) and y = 2 cos(w / 2): P_{i+1} = y P_i - alpha_i P_{i-1},
    alpha_i = (1 - k_i)(1 + k_{i-1}), k_0 = 1.

    So y is an eigenvalue of the tridiagonal matrix with sqrt(alpha_1) to sqrt(alpha_10) beside a diagonal of zeros. Its square falls into
    two matrices, of the odd and of the even rows; that of the even rows, 5 x 5, has the eigenvalues y^2 = 2 + 2 cos w.
    """
    alpha = (1 - k) * (1 + np.concatenate([np.ones_like(k[:1]), k[:-1]]))
    matrix = np.zeros((k.shape[1], len(k) // 2, len(k) // 2))
    i = np.arange(len(k) // 2)
    matrix[:, i, i] = (alpha[::2] + alpha[1::2]).T
    matrix[:, i[1:], i[:-1]] = np.sqrt(np.maximum(alpha[1:-1:2] * alpha[2::2], 0)).T
    squares = np.linalg.eigvalsh(matrix)
    return np.arccos(np.clip(squares / 2 - 1, -1, 1)).T


def _cosines() -> Float[np.ndarray, "49 k"]:
    """The inverse transform of a power spectrum at lags 0 to 48."""
    k = np.arange(STEP // 2 + 1)
    twice = np.where((k == 0) | (k == STEP // 2), 1, 2)
    return np.asarray(np.cos(2 * np.pi * np.arange(LAGS)[:, None] * k / STEP) * twice / STEP)


_COSINES: Final = _cosines()
