"""Fig. 5: which emotion is taken for which, in per cent."""

import numpy as np
from jaxtyping import Float, Integer
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray

from avemo_core.figures.style import STRIP_COLOURS, sheet
from schemas.emotions import EMOTIONS


def confusion_percent(counts: Integer[ndarray, "emotion emotion"]) -> Float[ndarray, "emotion emotion"]:
    """Each true emotion's row in per cent of its clips; a row without clips stays zero."""
    totals = counts.sum(axis=1, keepdims=True)
    percent: Float[ndarray, "emotion emotion"] = np.divide(100.0 * counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    return percent


def confusion_figure(counts: Integer[ndarray, "emotion emotion"]) -> Figure:
    """The confusion matrix in per cent: rows are the true emotions, columns the predicted ones, each row's largest value bold.

    Every cell is a group with the id `confusion-TRUE-PREDICTED`, so that a page can make it a link.

    Source: Chao et al. 2016, Fig. 5.

    Args:
        counts: clips by true (row) and predicted (column) emotion.
    """
    figure, (axes,) = sheet(5.6, 4.6)
    percent, totals = confusion_percent(counts), counts.sum(axis=1)
    for row, true in enumerate(EMOTIONS):
        for column, predicted in enumerate(EMOTIONS):
            value = percent[row, column]
            is_largest = bool(totals[row] and value == percent[row].max())
            _cell(axes, (row, column), value, f"confusion-{true}-{predicted}", bold=is_largest)
    axes.set(xlim=(-0.5, len(EMOTIONS) - 0.5), ylim=(len(EMOTIONS) - 0.5, -0.5), xlabel="predicted", ylabel="true")
    axes.set_xticks(range(len(EMOTIONS)), EMOTIONS, rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(EMOTIONS)), [f"{name} ({total})" for name, total in zip(EMOTIONS, totals, strict=True)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def _cell(axes: Axes, place: tuple[int, int], value: float, name: str, *, bold: bool) -> None:
    row, column = place
    ground = colormaps[STRIP_COLOURS](value / 100.0)
    patch = axes.barh(row, 0.96, height=0.96, left=column - 0.48, color=ground)[0]
    patch.set_gid(name)
    ink = "#ffffff" if value < 50.0 else "#111111"
    weight = "bold" if bold else "normal"
    text = axes.text(column, row, f"{value:.1f}", ha="center", va="center", color=ink, fontweight=weight, fontsize=8.5)
    text.set_gid(f"{name}-text")
