"""Which figures of a bundle are held out, and in which words."""

from pathlib import Path
from typing import Any

import pytest

from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.measured import foremost, measured

MADE = Path(__file__).parents[2] / "version1"
FIGURES = {"accuracy": 0.5}
KNOWN = {"selection_recorded": True}


def of_people(count: int) -> dict[str, Any]:
    return FIGURES | {"interval_over": {"unit": "people", "count": count}}


def calibration(**figures: object) -> dict[str, Any]:
    return {"calibration": {"temperature": 1.0, **figures}}


@pytest.mark.parametrize(
    ("metrics", "name", "is_held_out"),
    [
        (KNOWN | {"test": FIGURES, "val": FIGURES} | calibration(), "test", True),
        (KNOWN | {"test": FIGURES} | calibration(held_out=FIGURES), "test", True),
        (KNOWN | {"test": of_people(2)} | calibration(held_out=of_people(7)), "cross-validation, held out in turn", True),
        (KNOWN | {"test": of_people(3)} | calibration(held_out=of_people(7)), "test", True),
        (KNOWN | {"test": of_people(1)} | calibration(held_out=of_people(2)), "test", True),
        (KNOWN | {"test": of_people(1), "val": of_people(7)} | calibration(), "test", True),
        (KNOWN | {"val": FIGURES} | calibration(), "val, chose the epoch and the temperature", False),
        (KNOWN | calibration(held_out=FIGURES), "cross-validation, held out in turn", True),
        (KNOWN | {"seen_by_selection": {"test": FIGURES}} | calibration(held_out=FIGURES), "cross-validation, held out in turn", True),
        (KNOWN | {"seen_by_selection": {"test": FIGURES}}, "test, held out, but seen by the selection", False),
        (KNOWN | {"seen_by_selection": {"test": FIGURES}, "val": FIGURES}, "val, chose the epoch and the temperature", False),
        ({"test": FIGURES} | calibration(held_out=FIGURES), "test, held out, but perhaps seen by the selection", False),
    ],
)
def test_the_figures_shown_first_are_those_of_the_clips_least_seen(metrics: dict[str, Any], name: str, *, is_held_out: bool):
    found = foremost(metrics | {"train": FIGURES})

    assert found is not None
    assert (found.name, found.is_held_out) == (name, is_held_out)


def test_a_model_measured_on_what_it_learned_from_has_nothing_to_show_first():
    assert foremost(KNOWN | {"train": FIGURES} | calibration()) is None


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("model-best", ["train", "test, PERHAPS", "cross-validation, held out in turn, but perhaps seen by the selection"]),
        ("model-paper", ["train", "val, chose the epoch and the temperature", "test, PERHAPS"]),
    ],
)
def test_bundles_of_before_the_record_claim_nothing_for_certain_and_their_val_is_val(folder: str, names: list[str]):
    found = measured(Bundle.load(str(MADE / folder)).metrics)

    assert [one.name for one in found] == [name.replace("PERHAPS", "held out, but perhaps seen by the selection") for name in names]
    assert not any(one.is_held_out for one in found)
