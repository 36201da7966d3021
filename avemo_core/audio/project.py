"""Weighted sums over the first axis, whose value at a step does not depend on how many steps stand beside it."""

from typing import Final

import numpy as np
from jaxtyping import Float

TILE: Final = 64
"""Steps multiplied at once. A BLAS picks its kernel, and with it the order of a sum, by the matrices' size; one size, one order."""


def project(weights: Float[np.ndarray, "values bins"], x: Float[np.ndarray, "bins t_a"]) -> Float[np.ndarray, "values t_a"]:
    """`weights @ x`, tile by tile of 64 steps.

    A short last tile is filled with zeros, so that a step's sum has the same bits in any company.
    """
    bins, t_a = x.shape
    short = -t_a % TILE
    tiles = (np.pad(x, ((0, 0), (0, short))) if short else x).reshape(bins, -1, TILE).transpose(1, 0, 2)
    return np.asarray(np.matmul(weights, tiles).transpose(1, 0, 2).reshape(len(weights), -1)[:, :t_a])
