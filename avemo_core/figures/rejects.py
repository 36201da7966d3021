"""Why clips could not be used: rejects by reason."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from avemo_core.figures.style import ORANGE, plain, sheet


def rejects_by_reason(counts: Mapping[str, int]) -> Figure:
    """One bar a reason, the most frequent at the top.

    Args:
        counts: reason of the rejects table -> rejected clips.
    """
    figure, (axes,) = sheet(5.6, 0.9 + 0.28 * max(2, len(counts)))
    ordered = sorted(counts.items(), key=lambda item: (item[1], item[0]))
    bars = axes.barh([plain(reason.replace("_", " ")) for reason, _ in ordered], [count for _, count in ordered], color=ORANGE, height=0.65)
    axes.bar_label(bars, padding=3)
    axes.set_xlabel("rejected clips")
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.12)
    return figure
