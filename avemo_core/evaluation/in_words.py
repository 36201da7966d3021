"""Figures in words, the same in cards, in reports and on the command line."""

from collections.abc import Mapping
from typing import Any, Final

FEW: Final = 10
"""Over fewer people than this a 95 % interval covers less than that: about nine in ten with seven people (docs/decisions/intervals.md)."""

_COUNTS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ONE: Final = {"people": "person", "files": "file", "people and files": "person or file"}

OF_CLIPS: Final = "over clips, not people (an earlier version's): too narrow"


def interval_over(figures: Mapping[str, Any]) -> str:
    """What the intervals of a summary are over, and whether that is enough.

    Args:
        figures: a summary of `avemo_core.evaluation.metrics`, or another mapping with `interval_over`; older ones have none.
    """
    over = figures.get("interval_over")
    if not over:
        return OF_CLIPS
    unit, count = str(over["unit"]), int(over["count"])
    named = f"over {f'{count:,}' if count >= FEW else _COUNTS[count]} {_ONE[unit] if count == 1 else unit}"
    unnamed = {"people": "", "files": ", as nobody is named", "people and files": ", as not everybody is named"}[unit]
    narrow = "" if count >= FEW else ": it says nothing of others" if count == 1 else ": the interval is too narrow"
    return named + unnamed + narrow


def with_interval(figures: Mapping[str, Any], name: str, form: str = ".3f") -> str:
    """A figure of a summary with its interval, as .743 [.702, .781]; the figure alone where it has none.

    Args:
        figures: a summary.
        name: accuracy or uar.
        form: of the numbers.
    """
    return estimate(figures[name], figures.get(f"{name}_interval"), form)


def recall_with_interval(figures: Mapping[str, Any], emotion: str) -> str:
    """An emotion's recall with its interval; a dash where it has no clip."""
    recall = figures["recall"][emotion]
    return "-" if recall is None else estimate(recall, figures.get("recall_interval", {}).get(emotion))


def estimate(value: float, bounds: tuple[float, float] | list[float] | None, form: str = ".3f") -> str:
    """A number with the bounds of its interval."""
    return f"{value:{form}}" + (f" [{bounds[0]:{form}}, {bounds[1]:{form}}]" if bounds else "")


def left_out_of_uar(figures: Mapping[str, Any]) -> str:
    """Which emotions do not count in the unweighted average recall, as a sentence; empty where all do."""
    absent = [emotion for emotion, recall in figures["recall"].items() if recall is None]
    return f"UAR leaves out {', '.join(absent)}: no clip of these has that label." if absent else ""
