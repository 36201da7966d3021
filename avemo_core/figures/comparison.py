"""Table 1 as a picture: the models' accuracies with their intervals."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from avemo_core.figures.style import BLUE, GREY, plain, sheet


def model_comparison(accuracies: Mapping[str, tuple[float, float, float]]) -> Figure:
    """One row a model in the table's order: mean accuracy and its 95 % interval.

    Source: Chao et al. 2016, Table 1.

    Args:
        accuracies: model -> (mean, low, high), all between 0 and 1.
    """
    figure, (axes,) = sheet(5.6, 0.9 + 0.3 * max(2, len(accuracies)))
    values = np.array(list(accuracies.values()), float).reshape(-1, 3)
    rows = np.arange(len(values))
    axes.hlines(rows, values[:, 1], values[:, 2], color=GREY, linewidth=2)
    axes.plot(values[:, 0], rows, "o", color=BLUE)
    axes.set_yticks(rows, [plain(name) for name in accuracies])
    axes.set(xlabel="accuracy, with its 95 % interval", ylim=(len(values) - 0.4, -0.6))
    axes.tick_params(axis="y", length=0)
    return figure
