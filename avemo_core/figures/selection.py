"""How many values of the feature map are enough: held-out accuracy against how many the forest sees."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from avemo_core.figures.style import BLUE, GREY, sheet


def accuracy_by_count(accuracy: Mapping[int, float], chance: float, selected: int) -> Figure:
    """One line over the number of values, on a logarithmic axis; the number selected is marked.

    Args:
        accuracy: number of values -> share of held-out faces named right.
        chance: share of the commonest emotion.
        selected: number of values in the selection.
    """
    figure, (axes,) = sheet(4.8, 2.8)
    counts = sorted(accuracy)
    axes.semilogx(counts, [accuracy[count] for count in counts], "o-", color=BLUE, base=2)
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.minorticks_off()
    axes.axvline(selected, color=GREY, linewidth=1, linestyle="--")
    axes.axhline(chance, color=GREY, linewidth=1, linestyle=":")
    axes.set(
        xlabel=f"values of the feature map (dashed: the {selected:,} selected)", ylabel="held-out accuracy (dotted: chance)", ylim=(0, None)
    )
    return figure
