"""How many answers are wrong, by how many are given."""

from collections.abc import Mapping, Sequence

from jaxtyping import Float
from matplotlib.figure import Figure
from numpy import ndarray

from avemo_core.figures.style import BLUE, GREY, sheet

_COLOURS = (GREY, BLUE)


def risk_coverage_curves(
    curves: Mapping[str, tuple[Float[ndarray, " clip"], Float[ndarray, " clip"]]], bounds: Sequence[tuple[float, float]] = ()
) -> Figure:
    """A line for each set of clips: share answered against share of wrong answers; dots are upper bounds.

    Args:
        curves: name -> both shares, of one or two sets of clips.
        bounds: share answered and bound on the share of wrong answers, of the first set.
    """
    figure, (axes,) = sheet(4.2, 3.4)
    for (name, (answered, wrong)), colour in zip(curves.items(), _COLOURS[-len(curves) :], strict=True):
        axes.plot(answered, wrong, color=colour, linewidth=1.4, label=f"{name} ({len(answered):,})")
    if bounds:
        shares, upper = zip(*bounds, strict=True)
        axes.scatter(shares, upper, s=8, color=GREY, label="bound for people never seen", zorder=3)
    axes.set(xlabel="share answered", ylabel="share wrong", xlim=(0, 1.03), ylim=(0, None))
    axes.legend(loc="upper left", frameon=False)
    return figure
