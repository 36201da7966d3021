"""Shape statistics of a distribution: centroid, spread, skewness, kurtosis of spectrum, waveform and envelope."""

from functools import cache

import numpy as np
from jaxtyping import Float

from avemo_core.audio.framing import EPS
from avemo_core.audio.project import project


def power_sums(v: Float[np.ndarray, "index t_a"]) -> Float[np.ndarray, "5 t_a"]:
    """The sums of i^j v over the index i = 0, 1, ..., j = 0 to 4."""
    return project(powers(len(v)), v)


def shape_statistics(sums: Float[np.ndarray, "5 t_a"]) -> Float[np.ndarray, "4 t_a"]:
    """Centroid, spread, skewness and kurtosis of weights v >= 0 over their index i = 0, 1, ...

    With s = sum v (0: EPS) and m_j = sum i^j v / s: centroid m_1; spread d = sqrt(m_2 - m_1^2) (0: EPS);
    skewness (2 m_1^3 - 3 m_1 m_2 + m_3) / d^3; kurtosis (-3 m_1^4 + 6 m_1 m_2 - 4 m_1 m_3 + m_4) / d^4 - 3.
    The kurtosis has 6 m_1 m_2 where the fourth central moment has 6 m_1^2 m_2: so does YAAFE, and so its values are large and negative.
    Unit: index, index, none, none. Source: YAAFE 0.70, *ShapeStatistics (Gillet and Richard 2004).

    Args:
        sums: the sums of i^j v, j = 0 to 4 (power_sums).
    """
    s, *moments = sums
    m_1, m_2, m_3, m_4 = moments / np.where(s == 0, EPS, s)
    # Rounding may leave the variance of a single spike a little below 0.
    square = m_1 * m_1
    d = np.sqrt(np.maximum(m_2 - square, 0))
    d[d == 0] = EPS
    skewness = (2 * m_1 * square - 3 * m_1 * m_2 + m_3) / (d * d * d)
    kurtosis = (-3 * square * square + 6 * m_1 * m_2 - 4 * m_1 * m_3 + m_4) / (d * d * d * d) - 3
    return np.stack([m_1, d, skewness, kurtosis])


@cache
def powers(length: int) -> Float[np.ndarray, "5 length"]:
    """i^j for j = 0 to 4 and i < length; all of them exact in float64."""
    return np.arange(length, dtype=np.float64) ** np.arange(5)[:, None]
