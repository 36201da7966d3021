"""Fig. 3: where in a clip each emotion's perception attention lies."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from numpy import ndarray

from avemo_core.figures.strips import draw_strip
from avemo_core.figures.style import sheet
from schemas.emotions import EMOTIONS


def perception_strips(clips: Mapping[str, Float[ndarray, "t_v emotion"]]) -> Figure:
    """A strip a clip: a row per emotion from angry to surprise; columns are time steps; each row over its own maximum.

    Source: Chao et al. 2016, Fig. 3.

    Args:
        clips: title -> the clip's perception attention (eq. 9); each emotion sums to 1 over the steps.
    """
    figure, panels = sheet(7.2, 0.35 + 1.5 * max(1, len(clips)), rows=max(1, len(clips)))
    for axes, (title, perception) in zip(panels, clips.items(), strict=False):
        draw_strip(axes, np.ascontiguousarray(perception.T), EMOTIONS, title)
    panels[-1].set_xlabel("time step")
    return figure
