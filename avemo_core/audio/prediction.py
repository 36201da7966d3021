"""Linear prediction: autocorrelation, LPC, line spectral frequencies."""

from typing import Final

import numpy as np
from jaxtyping import Float

LAGS: Final = 49
LPC_ORDER: Final = 2
LSF_ORDER: Final = 10


def autocorrelation(f: Float[np.ndarray, "t_a block"]) -> Float[np.ndarray, "49 t_a"]:
    """r[l] = sum_n f[n] f[n + l] over the step's samples, l = 0 to 48; no window, no scaling.

    Unit: of the samples, squared. Range: |r[l]| <= r[0]. Source: YAAFE 0.70, AutoCorrelation (Peeters 2004).
    """
    n = f.shape[1]
    return np.stack([np.einsum("tn,tn->t", f[:, : n - lag], f[:, lag:]) for lag in range(LAGS)])


def lpc(r: Float[np.ndarray, "lags t_a"]) -> Float[np.ndarray, "2 t_a"]:
    """a_1 and a_2 of the prediction error filter A(z) = 1 + a_1 z^-1 + a_2 z^-2 (Levinson-Durbin).

    Unit: none. Range: |a_1| < 2, |a_2| < 1. Source: YAAFE 0.70, LPC (Makhoul 1975).
    Departs: 0 in digital silence, where YAAFE has NaN.

    Args:
        r: autocorrelation, at least lags 0 to 2.
    """
    k_1, k_2 = reflections(r, LPC_ORDER)
    return np.stack([k_1 * (1 + k_2), k_2])


def lsf(r: Float[np.ndarray, "lags t_a"]) -> Float[np.ndarray, "10 t_a"]:
    """Line spectral frequencies of order 10, ascending: the angles of the roots of A(z) +- z^-11 A(1/z) in (0, pi).

    Unit: radians a sample. Range: 0 to pi. Source: YAAFE 0.70, LSF with LSFDisplacement 1 (Schuessler 1976; Baeckstroem and Magi 2006).
    Departs: pi i / 11 in digital silence, those of A = 1; there YAAFE aborts.

    The symmetric sum obeys a three-term recurrence (split Levinson: Delsarte and Genin 1986), so that its roots are eigenvalues
    of a symmetric tridiagonal matrix made of the reflection coefficients: real and in order whatever the rounding. The difference is the
    sum of A(-z), whose angles count from pi.

    Args:
        r: autocorrelation, at least lags 0 to 10.
    """
    k = reflections(r, LSF_ORDER)
    alternate = np.where(np.arange(LSF_ORDER) % 2, 1, -1)[:, None]
    both = np.concatenate([_symmetric_angles(k), np.pi - _symmetric_angles(alternate * k)])
    return np.sort(both, axis=0)


def reflections(r: Float[np.ndarray, "lags t_a"], order: int) -> Float[np.ndarray, "order t_a"]:
    """Reflection coefficients k_1 to k_order by the Levinson-Durbin recursion; 0 where nothing is left to predict.

    k_i = -(r[i] + sum_j a_j r[i - j]) / E, E the error so far, a_i = k_i.
    """
    k = np.zeros((order, r.shape[1]))
    a = np.ones((1, r.shape[1]))
    error = r[0]
    for i in range(1, order + 1):
        rest = (a * r[i:0:-1]).sum(axis=0)
        k[i - 1] = np.divide(-rest, error, out=np.zeros_like(rest), where=error > 0)
        a = np.concatenate([a, np.zeros_like(a[:1])]) + k[i - 1] * np.concatenate([np.zeros_like(a[:1]), a[::-1]])
        error = error * (1 - k[i - 1] ** 2)
    return k


def _symmetric_angles(k: Float[np.ndarray, "order t_a"]) -> Float[np.ndarray, "half t_a"]:
    """Angles in (0, pi) of the roots of A(z) + z^-11 A(1/z).

    With P_i = A_{i-1}(z) + z^-i A_{i-1}(1/z) and y = 2 cos(w / 2): P_{i+1} = y P_i - alpha_i P_{i-1},
    alpha_i = (1 - k_i)(1 + k_{i-1}), k_0 = 1.
    """
    alpha = (1 - k) * (1 + np.concatenate([np.ones_like(k[:1]), k[:-1]]))
    matrix = np.zeros((k.shape[1], len(k) // 2, len(k) // 2))
    i = np.arange(len(k) // 2)
    matrix[:, i, i] = (alpha[::2] + alpha[1::2]).T
    matrix[:, i[1:], i[:-1]] = np.sqrt(np.maximum(alpha[1:-1:2] * alpha[2::2], 0)).T
    squares = np.linalg.eigvalsh(matrix)
    return np.arccos(np.clip(squares / 2 - 1, -1, 1)).T
