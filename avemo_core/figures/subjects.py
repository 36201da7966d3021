"""Who is recognised well and who is not: accuracy by subject."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from numpy import ndarray

from avemo_core.figures.style import BLUE, GREY, plain, sheet

Z_95: Final = 1.959964
"""Standard normal quantile of a two-sided 95 % interval."""

SHOWN: Final = 40
"""So many subjects fit one figure; with more, those with the most clips are shown."""


def subject_accuracy(results: Mapping[str, tuple[float, int]]) -> Figure:
    """One row a subject, the best at the top: accuracy with its 95 % Wilson interval, and the number of clips.

    Args:
        results: subject -> (accuracy between 0 and 1, clips).
    """
    shown = sorted(results.items(), key=lambda item: (-item[1][1], item[0]))[:SHOWN]
    ordered = sorted(shown, key=lambda item: (item[1][0], item[0]))
    figure, (axes,) = sheet(5.6, 0.9 + 0.24 * max(2, len(ordered)))
    accuracy, clips = (np.array([pair[part] for _, pair in ordered], float) for part in (0, 1))
    low, high = wilson_interval(accuracy, clips)
    rows = np.arange(len(ordered))
    axes.hlines(rows, low, high, color=GREY, linewidth=2)
    axes.plot(accuracy, rows, "o", color=BLUE)
    axes.set_yticks(rows, [f"{plain(name, 24)} ({total})" for name, (_, total) in ordered])
    axes.set(xlim=(0, 1), xlabel="accuracy, with its 95 % interval", ylim=(-0.6, len(ordered) - 0.4))
    axes.axvline((accuracy * clips).sum() / max(1.0, clips.sum()), color=GREY, linewidth=1, linestyle="--")
    axes.tick_params(axis="y", length=0)
    return figure


def wilson_interval(share: Float[ndarray, " row"], clips: Float[ndarray, " row"]) -> tuple[Float[ndarray, " row"], Float[ndarray, " row"]]:
    """The 95 % interval of a share, which stays between 0 and 1 and is honest for few clips.

    Source: Wilson 1927, Probable inference, the law of succession, and statistical inference.
    """
    z_squared = Z_95**2
    centre = (share + z_squared / (2 * clips)) / (1 + z_squared / clips)
    half = Z_95 * np.sqrt(share * (1 - share) / clips + z_squared / (4 * clips**2)) / (1 + z_squared / clips)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
