"""Fig. 4: the emotion embeddings before and after training, in two dimensions."""

from typing import Final

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray

from avemo_core.figures.style import BLUE, GREY, sheet
from schemas.emotions import EMOTIONS

_MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
_LABEL_POINTS: Final = 9.0
"""Distance of a name from its mark, in points."""


def embedding_projections(initial: Float[ndarray, "emotion embed"], learned: Float[ndarray, "emotion embed"]) -> Figure:
    """(a) the initialised and (b) the learned embeddings, each on its own two first principal components.

    Source: Chao et al. 2016, Fig. 4 and e_n of eq. 9.
    """
    figure, panels = sheet(7.2, 3.3, columns=2)
    titles = ("(a) before training", "(b) after training")
    for axes, embeddings, title in zip(panels, (initial, learned), titles, strict=True):
        _draw(axes, projected(embeddings), title)
    return figure


def projected(vectors: Float[ndarray, "row width"]) -> Float[ndarray, "row 2"]:
    """The rows on their two principal components of largest variance.

    The sign of a component, which PCA leaves open, makes its largest entry positive. One dimension is padded with zeros.
    """
    centred = vectors - vectors.mean(axis=0)
    _, _, components = np.linalg.svd(centred, full_matrices=False)
    leading = components[:2]
    largest = np.take_along_axis(leading, np.abs(leading).argmax(axis=1)[:, None], axis=1)
    plane = centred @ (leading * np.where(largest < 0, -1.0, 1.0)).T
    return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))


def _draw(axes: Axes, points: Float[ndarray, "emotion 2"], title: str) -> None:
    axes.set_title(title, loc="left")
    axes.axhline(0, color=GREY, linewidth=0.5)
    axes.axvline(0, color=GREY, linewidth=0.5)
    for place, (name, marker) in enumerate(zip(EMOTIONS, _MARKERS, strict=True)):
        point = points[place]
        axes.plot(*point, marker=marker, color=BLUE, linestyle="none", markersize=6)
        side = _free_side(points, place)
        horizontal = "left" if side > 0 else "right"
        axes.annotate(name, point, xytext=(side * _LABEL_POINTS, 0), textcoords="offset points", ha=horizontal, va="center")
    axes.set_xlabel("first component")
    axes.set_ylabel("second component")
    axes.margins(x=0.35, y=0.12)


def _free_side(points: Float[ndarray, "emotion 2"], place: int) -> int:
    """1 to write the name right of the mark, -1 to write it left: away from the nearest other mark."""
    others = np.delete(points, place, axis=0)
    nearest = others[np.linalg.norm(others - points[place], axis=1).argmin()]
    return 1 if points[place, 0] >= nearest[0] else -1
