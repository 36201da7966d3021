"""A bundle made ready for others: the same model, and nobody's name in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from avemo_core.appearance.seen import RECORD
from avemo_core.bundle.bundle import Bundle
from avemo_core.training.card import model_card

_PRIVATE: Final = ("left_out", "request")
"""Of what a bundle says about its training: ids of clips, and where the features lay."""

_PEOPLE: Final = "people_in_several_splits"


def without_names(bundle: Bundle) -> Bundle:
    """The bundle without names of subjects, ids of clips and the place of its features; its model_id and predictions stay.

    Subjects are numbered in the order of their names, the same number everywhere. What cannot be told of clips without naming
    them is left out: which clip was in which split, and the digests of clip ids by which the selection says what it has seen, since
    who has a list of ids could try them. The card is written anew.
    """
    numbers = _numbers(bundle)
    training = {name: value for name, value in bundle.training.items() if name not in _PRIVATE}
    training["subjects"] = {split: [numbers[name] for name in names] for split, names in bundle.training["subjects"].items()}
    if waived := training.get(_PEOPLE):
        training[_PEOPLE] = {numbers.get(name, "a person"): splits for name, splits in waived.items()}
    if copies := training.get("copies_left_out"):
        training["copies_left_out"] = len(copies)
    metrics = _numbered(bundle.metrics, numbers)
    shared = replace(bundle, training=training, metrics=metrics, split=None, extraction=_without_record(bundle.extraction))
    return replace(shared, card=model_card(shared))


def _numbers(bundle: Bundle) -> dict[str, str]:
    everybody: Sequence[str] = sorted({name for names in bundle.training["subjects"].values() for name in names})
    return {name: f"subject {number}" for number, name in enumerate(everybody, 1)}


def _numbered(value: Any, numbers: Mapping[str, str], key: str = "") -> Any:  # noqa: ANN401 - whatever JSON holds
    """The metrics with numbers for names in the accuracies by subject, in every summary."""
    if not isinstance(value, Mapping):
        return value
    if key == "subjects":
        return {numbers[name]: row for name, row in value.items()}
    return {name: _numbered(inner, numbers, name) for name, inner in value.items()}


def _without_record(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The extraction without the selection's record and the people in several splits, wherever they lie."""
    if not isinstance(value, Mapping):
        return value
    return {name: _without_record(inner) for name, inner in value.items() if name not in {RECORD, _PEOPLE}}
