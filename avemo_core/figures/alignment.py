"""Fig. 2: how the alignment attention moves through its window as time goes on."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from numpy import ndarray

from avemo_core.figures.strips import draw_strip
from avemo_core.figures.style import sheet


def alignment_strips(clips: Mapping[str, Float[ndarray, "t_v window"]]) -> Figure:
    """A strip a clip: a row per window position, the bottom row the first; columns are time steps; each row over its own maximum.

    Source: Chao et al. 2016, Fig. 2.

    Args:
        clips: title -> the clip's alignment attention (eq. 4); each step sums to 1.
    """
    figure, panels = sheet(7.2, 0.35 + 1.05 * max(1, len(clips)), rows=max(1, len(clips)))
    for axes, (title, alignment) in zip(panels, clips.items(), strict=False):
        positions = alignment.shape[1]
        names = [str(position + 1) for position in reversed(range(positions))]
        draw_strip(axes, np.ascontiguousarray(alignment.T[::-1]), names, title)
        axes.set_ylabel("position")
    panels[-1].set_xlabel("time step")
    return figure
