"""What was measured when a bundle was trained, and on which clips: the same words on the card, the report and the command line.

    clips of           role
    train              learned from
    val                chose the epoch and the temperature            of preset paper; `best` learns from val too
    test               held out
    cross-validation   held out in turn                               of preset best: by ensembles trained without these people

A role may end in a reservation, and then nothing of it is held out:

    , but seen by the selection           the labels of these clips chose the appearance values
    , but perhaps seen by the selection   its file is of before there was a record of what it has seen
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

CROSS_VALIDATION: Final = "cross-validation"

SEEN, PERHAPS_SEEN = "seen by the selection", "perhaps seen by the selection"

CHOSE_EPOCH: Final = "chose the epoch"
CHOSE: Final = f"{CHOSE_EPOCH} and the temperature"

_ROLES: Final = {
    "train": "learned from",
    "val": CHOSE,
    "test": "held out",
    CROSS_VALIDATION: "held out in turn",
}
"""In the order in which they are shown."""

_HELD_OUT: Final = ("test", CROSS_VALIDATION)

FEWEST: Final = 3
"""Of fewer people than this a test split says less of the next person than cross-validation does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Figures on some clips."""

    clips_of: str
    """train, val, test or cross-validation."""
    reservation: str = ""
    """`SEEN`, `PERHAPS_SEEN`, or nothing."""
    figures: Mapping[str, Any]
    """As avemo_core.evaluation.metrics.summary gives them."""

    @property
    def is_held_out(self) -> bool:
        """Whether nothing of the model has seen the clips: neither weights, epoch and temperature nor the selection of its inputs."""
        return self.clips_of in _HELD_OUT and not self.reservation

    @property
    def is_of_few(self) -> bool:
        """Whether the clips are of fewer than `FEWEST` people (files, where nobody is named); of bundles of before nobody knows."""
        over = self.figures.get("interval_over")
        return over is not None and int(over["count"]) < FEWEST

    @property
    def role(self) -> str:
        """What the clips were to the model, in words."""
        return _ROLES[self.clips_of] + (f", but {self.reservation}" if self.reservation else "")

    @property
    def name(self) -> str:
        """For one line: the clips, and their role where it does not go without saying."""
        return self.clips_of if self.clips_of in {"train", "test"} and not self.reservation else f"{self.clips_of}, {self.role}"


def measured(metrics: Mapping[str, Any]) -> list[Measured]:
    """All figures in a bundle's metrics, also of bundles of before the selection had a record."""
    return list(_measured(metrics))


def foremost(metrics: Mapping[str, Any]) -> Measured | None:
    """The figures that say most of people never seen, never train's: what is held out first, what the selection has seen last.

    Of what is held out the test split comes first, unless it has fewer than `FEWEST` people: one who is easy reads 1.000.
    """
    others = [found for found in measured(metrics) if found.clips_of != "train"]
    order = (*_HELD_OUT, "val")

    def rank(found: Measured) -> tuple[bool, bool, bool, int]:
        return not found.is_held_out, found.reservation == SEEN, found.is_of_few, order.index(found.clips_of)

    return min(others, key=rank, default=None)


def _measured(metrics: Mapping[str, Any]) -> Iterator[Measured]:
    seen = metrics.get("seen_by_selection", {})
    for clips_of in _ROLES:
        is_doubtful = clips_of in _HELD_OUT and not metrics.get("selection_recorded")
        if figures := _figures(metrics, clips_of):
            yield Measured(clips_of=clips_of, reservation=PERHAPS_SEEN if is_doubtful else "", figures=figures)
        if figures := seen.get(clips_of):
            yield Measured(clips_of=clips_of, reservation=SEEN, figures=figures)


def _figures(metrics: Mapping[str, Any], clips_of: str) -> Mapping[str, Any] | None:
    if clips_of != CROSS_VALIDATION:
        return metrics.get(clips_of)
    # Preset paper's bundles of before have the figures of val here once more, as held out: they chose the epoch.
    return None if "val" in metrics else metrics.get("calibration", {}).get("held_out")
