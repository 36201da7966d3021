"""How the training went: loss and accuracy over its epochs."""

from collections.abc import Mapping, Sequence
from typing import Final

from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy import ndarray

from avemo_core.figures.style import BLUE, GREY, ORANGE, sheet

_STYLES: Final = ((BLUE, "-"), (ORANGE, "--"), (GREY, ":"))

Curves = Mapping[str, Sequence[Float[ndarray, " _epoch"]]]
"""Name of a curve (train, val) -> one curve a network of the ensemble; networks may stop at different epochs."""


def training_history(loss: Curves, accuracy: Curves) -> Figure:
    """Two panels over the epochs, counted from 1; the networks of an ensemble are drawn as so many fine lines."""
    figure, panels = sheet(7.2, 2.7, columns=2)
    for axes, curves, name in zip(panels, (loss, accuracy), ("loss (nats)", "accuracy"), strict=True):
        for (label, members), (colour, line) in zip(curves.items(), _STYLES, strict=False):
            _draw(axes, members, label, colour, line)
        axes.set(xlabel="epoch", ylabel=name)
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
        if curves:
            axes.legend(frameon=False)
    panels[0].set_ylim(bottom=0)
    panels[1].set_ylim(0, 1)
    return figure


def _draw(axes: Axes, members: Sequence[Float[ndarray, " _epoch"]], label: str, colour: str, line: str) -> None:
    width = 1.6 if len(members) == 1 else 0.9
    for index, member in enumerate(members):
        axes.plot(range(1, len(member) + 1), member, line, color=colour, linewidth=width, label=label if index == 0 else None)
