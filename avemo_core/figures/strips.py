"""The picture both attentions share: rows of weights over time steps, each row divided by its own maximum."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy import ndarray

from avemo_core.figures.style import STRIP_COLOURS, plain


def divided_by_row_maximum(weights: Float[ndarray, "row step"]) -> Float[ndarray, "row step"]:
    """Each row scaled to have the maximum 1; a row without weight stays zero.

    Source: Chao et al. 2016, captions of Fig. 2 and 3.
    """
    maximum = weights.max(axis=1, keepdims=True, initial=0.0)
    shares: Float[ndarray, "row step"] = np.divide(weights, maximum, out=np.zeros_like(weights), where=maximum > 0)
    return shares


def draw_strip(axes: Axes, weights: Float[ndarray, "row step"], row_names: Sequence[str], title: str) -> None:
    """One clip's strip, the first row at the top; the columns are time steps, counted from 0."""
    rows, steps = weights.shape
    axes.set_title(plain(title), loc="left")
    if steps:
        axes.imshow(divided_by_row_maximum(weights), cmap=STRIP_COLOURS, vmin=0, vmax=1, aspect="auto", interpolation="none")
    else:
        axes.text(0.5, 0.5, "no steps", ha="center", va="center", transform=axes.transAxes)
    axes.set_yticks(range(rows), row_names)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    for side in axes.spines.values():
        side.set_visible(False)
