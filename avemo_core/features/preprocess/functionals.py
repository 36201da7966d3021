"""Running functionals: what a stream did around each step, appended to it."""

import numpy as np
from jaxtyping import Bool, Float, Float32, Shaped


def with_functionals(
    values: Float32[np.ndarray, "steps d"],
    time_s: Float[np.ndarray, " steps"],
    present: Bool[np.ndarray, " steps"],
    half_width_s: float,
) -> Float32[np.ndarray, "steps wide"]:
    """Append the mean and the deviation over +- `half_width_s` to every step; three times as wide.

    Args:
        values: a stream, zeros where not present.
        time_s: ascending.
        present: steps that count; the others stay zeros.
        half_width_s: half of the window, both ends included.
    """
    if half_width_s <= 0:
        return values
    # A step's window is the half-open index range [low, high) of the steps at most half_width_s away. The sum over it is a
    # difference of two prefix sums, S[i] being the sum of the first i steps. Around step 4, where two steps on either side are near:
    #
    #     step    |  0  |  1  |  2  |  3  |  4  |  5  |  6  |  7  |
    #     S[i]    0     1     2     3     4     5     6     7     8
    #     window              [low            .         high)            S[7] - S[2] = steps 2, 3, 4, 5, 6
    #
    # Absent steps are zeros and add nothing to a sum; `count` leaves them out too.
    low = np.searchsorted(time_s, time_s - half_width_s, "left")
    high = np.searchsorted(time_s, time_s + half_width_s, "right")
    count = np.maximum(_window_sums(present[:, None], low, high), 1)
    d = values.shape[1]
    wide = np.empty((len(values), 3 * d), np.float32)
    # In float64: E[x^2] - E[x]^2 cancels where a stream hardly moves, and may then fall a little below 0. And in place: whoever scores a
    # clip does this twice, and what is allocated and copied takes longer than what is computed.
    mean = _window_sums(values, low, high)
    mean /= count
    wide[:, :d], wide[:, d : 2 * d] = values, mean
    variance = _window_sums(np.square(values, dtype=float), low, high)
    variance /= count
    mean *= mean
    variance -= mean
    np.sqrt(np.maximum(variance, 0, out=variance), out=variance)
    wide[:, 2 * d :] = variance
    wide[~present] = 0
    return wide


def _window_sums(values: Shaped[np.ndarray, "steps d"], low: np.ndarray, high: np.ndarray) -> Float[np.ndarray, "steps d"]:
    sums = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, dtype=float, out=sums[1:])
    window: np.ndarray = sums.take(high, axis=0)
    window -= sums.take(low, axis=0)
    return window
