"""Whether a confidence of 70 % is right in 70 % of the cases."""

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.figure import Figure
from numpy import ndarray

from avemo_core.evaluation.metrics import CALIBRATION_BINS as BINS
from avemo_core.figures.style import BLUE, GREY, sheet


def reliability_diagram(confidence: Float[ndarray, " clip"], is_correct: Bool[ndarray, " clip"]) -> Figure:
    """Accuracy over mean confidence in ten bins of equal width, a mark's area by its clips, beside perfect calibration."""
    figure, (axes,) = sheet(4.2, 3.9)
    mean_confidence, accuracy, clips = reliability_bins(confidence, is_correct)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="perfect calibration")
    axes.vlines(mean_confidence, mean_confidence, accuracy, color=BLUE, linewidth=1, alpha=0.6)
    areas = 12 + 160 * clips / max(1, clips.max(initial=0))
    axes.scatter(mean_confidence, accuracy, s=areas, color=BLUE, label="accuracy (area: clips)", zorder=3)
    axes.set(xlabel="mean confidence", ylabel="accuracy", xlim=(0, 1.03), ylim=(0, 1.03), aspect="equal")
    axes.legend(loc="upper left", frameon=False)
    return figure


def reliability_bins(
    confidence: Float[ndarray, " clip"], is_correct: Bool[ndarray, " clip"]
) -> tuple[Float[ndarray, " bin"], Float[ndarray, " bin"], Float[ndarray, " bin"]]:
    """Mean confidence, accuracy and number of clips of each bin that has clips; bins are half-open, the last one holds 1."""
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    clips = np.bincount(place, minlength=BINS).astype(float)
    filled = clips > 0
    mean_confidence, accuracy = (
        np.bincount(place, weights=values.astype(float), minlength=BINS)[filled] / clips[filled] for values in (confidence, is_correct)
    )
    return mean_confidence, accuracy, clips[filled]
