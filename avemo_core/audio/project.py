"""Weighted sums over the first axis, whose value at a step does not depend on how many steps are computed with it."""

import numpy as np
from jaxtyping import Float

from avemo_core.audio.framing import TILE


def project(weights: Float[np.ndarray, "values bins"], x: Float[np.ndarray, "bins t_a"]) -> Float[np.ndarray, "values t_a"]:
    """`weights @ x`, tile by tile of 64 steps.

    A BLAS picks its kernel, and with it the order of a sum, by the size of the matrices: one size, one order. A short last tile
    is filled with zeros.
    """
    bins, t_a = x.shape
    short = -t_a % TILE
    if short:
        x = np.concatenate([x, np.zeros((bins, short))], axis=1)
    tiles = x.reshape(bins, -1, TILE).transpose(1, 0, 2)
    return np.asarray(np.matmul(weights, tiles).transpose(1, 0, 2).reshape(len(weights), -1)[:, :t_a])
