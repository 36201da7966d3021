"""How every figure looks: a sheet with axes, colours that colour-blind readers can tell apart, SVG and PNG."""

import io
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE: Final = "#0072b2"
ORANGE: Final = "#d55e00"
GREY: Final = "#8a929b"
"""Okabe and Ito's blue and vermilion, and a grey that reads on white and on near-black."""

STRIP_COLOURS: Final = "cividis"
"""Even in lightness, so that it prints as the paper's grey values, and the same to all kinds of colour vision."""

PNG_DPI: Final = 160


def _style() -> AbstractContextManager[None]:
    return mpl.rc_context(
        {
            "font.family": ["sans-serif"],
            "font.size": 9.0,
            "svg.fonttype": "none",
            "svg.hashsalt": "avemo",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 9.0,
        }
    )


@contextmanager
def _any_script() -> Iterator[None]:
    """Let names be in scripts that matplotlib's own font lacks: an SVG keeps the text, a PNG shows boxes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def sheet(width_in: float, height_in: float, rows: int = 1, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """An empty figure with its axes in reading order.

    The figure belongs to no window and no global state, so it can be made in a notebook, a job or a thread.
    """
    with _style():
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        return figure, [axes for line in grid for axes in line]


def laid_out(figure: Figure) -> Figure:
    """The figure with its parts placed for good, so that drawing it in several formats does not place them again."""
    with _style(), _any_script():
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def svg(figure: Figure) -> str:
    """The figure as one SVG element with a transparent ground; its text stays text. The same figure gives the same bytes."""
    buffer = io.StringIO()
    with _style(), _any_script():
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def png(figure: Figure) -> bytes:
    """The figure as a PNG on white."""
    buffer = io.BytesIO()
    with _style(), _any_script():
        figure.savefig(buffer, format="png", dpi=PNG_DPI, facecolor="white")
    return buffer.getvalue()


def plain(text: str, longest: int = 60) -> str:
    """A name that may hold anything, as a figure can show it: no mathematics between dollar signs, no control characters, not too long."""
    printable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    shortened = printable if len(printable) <= longest else f"{printable[: longest - 1]}…"
    return shortened.replace("$", r"\$")
