"""What was not right with files: rejects by reason, rows by fault."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from avemo_core.figures.style import BLUE, ORANGE, plain, sheet


def rejects_by_reason(counts: Mapping[str, int]) -> Figure:
    """One bar a reason, the most frequent at the top.

    Args:
        counts: reason of the rejects table -> rejected clips.
    """
    return _bars(counts, "rejected clips", ORANGE)


def rows_by_fault(counts: Mapping[str, int]) -> Figure:
    """One bar a fault, the most frequent at the top.

    Args:
        counts: fault (schemas.faults) -> rows that have it, and were used all the same.
    """
    return _bars(counts, "rows", BLUE)


def _bars(counts: Mapping[str, int], counted: str, colour: str) -> Figure:
    figure, (axes,) = sheet(5.6, 0.9 + 0.28 * max(2, len(counts)))
    ordered = sorted(counts.items(), key=lambda item: (item[1], item[0]))
    bars = axes.barh([plain(name.replace("_", " ")) for name, _ in ordered], [count for _, count in ordered], color=colour, height=0.65)
    axes.bar_label(bars, padding=3)
    axes.set_xlabel(counted)
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.12)
    return figure
