"""What is read from the waveform itself: energy, zero crossings, temporal shape.

In hops of 512 samples step t covers hops t and t + 1, so there is one hop more than steps (t_b = t_a + 1).
"""

import numpy as np
from jaxtyping import Float

from avemo_core.audio.framing import BLOCK, STEP
from avemo_core.audio.project import project
from avemo_core.audio.shape import powers, shape_statistics


def energy(r: Float[np.ndarray, "lags t_a"]) -> Float[np.ndarray, "1 t_a"]:
    """Root mean square of each step's 1024 samples: sqrt(r[0] / 1024).

    Unit: of the samples. Range: 0 to 1. Source: YAAFE 0.70, Energy (Peeters 2004).

    Args:
        r: the autocorrelation (avemo_core.audio.prediction.autocorrelation).
    """
    return np.sqrt(r[:1] / BLOCK)


def zcr(hops: Float[np.ndarray, "t_b hop"]) -> Float[np.ndarray, "1 t_a"]:
    """Sign changes between neighbours among a step's nonzero samples, over 1024.

    Unit: crossings a sample. Range: 0 to 1. Source: YAAFE 0.70, ZCR (Scheirer and Slaney 1997).
    """
    nonzero, negative = hops != 0, np.signbit(hops).ravel()
    if not nonzero.all():
        negative = negative[nonzero.ravel()]
    # Sample i of the nonzero ones and the next differ in sign. Those in hop t are i = rank[t] to rank[t + 1] - 1.
    turn = np.flatnonzero(negative[1:] != negative[:-1])
    rank = np.concatenate([[0], np.cumsum(np.count_nonzero(nonzero, axis=1))])
    before, within = np.searchsorted(turn, rank[:-2]), np.searchsorted(turn + 1, rank[2:])
    return np.asarray((np.maximum(within - before, 0) / BLOCK)[None])


def temporal_shape_statistics(hops: Float[np.ndarray, "t_b hop"]) -> Float[np.ndarray, "4 t_a"]:
    """Shape statistics of |f| over each step's 1024 samples.

    Unit: samples, samples, none, none. Source: YAAFE 0.70, TemporalShapeStatistics.
    """
    i, weights = powers(BLOCK), np.abs(hops).T
    return shape_statistics(project(i[:, :STEP], weights[:, :-1]) + project(i[:, STEP:], weights[:, 1:]))
