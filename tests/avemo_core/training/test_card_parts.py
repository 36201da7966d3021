"""The card says which part of a model names the emotion, and how far its attention says when."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from avemo_core.bundle.bundle import Bundle
from avemo_core.training import presets
from avemo_core.training.card import model_card
from avemo_core.training.sharing import without_names

VERSION1 = Path(__file__).parents[2] / "version1"
FIT = {"fit": asdict(presets.best().fit)}


def bundle_of(preset: str, training: Mapping[str, Any] | None = None) -> Bundle:
    bundle = Bundle.load(str(VERSION1 / f"model-{preset}"))
    return replace(bundle, training={**bundle.training, **(training or {})})


@pytest.mark.parametrize(
    ("preset", "training", "wanted"),
    [
        ("best", {}, ("a weight of 0.85", "their own part", "not taught any moment. After")),
        ("best", FIT, ("a weight of 0.85", "taught moments, by clips spliced")),
        ("best", {**FIT, "subjects": {"train": [], "val": [], "test": []}}, ("not taught any moment: that takes neutral clips",)),
        ("best", {**FIT, "labels": {"train": {"sad": 9}, "val": {}, "test": {}}}, ("not taught any moment: that takes neutral clips",)),
        ("paper", {}, ("named by the networks alone", "explains their probabilities.", "not taught any moment. After")),
    ],
    ids=["best of before", "best", "nobody named", "nothing neutral", "paper"],
)
def test_the_card_says_what_each_part_is_for(preset: str, training: Mapping[str, Any], wanted: tuple[str, ...]):
    card = model_card(bundle_of(preset, training))

    assert [words for words in wanted if words not in card] == []


def test_the_card_says_of_what_attention_is_fused():
    bundle = bundle_of("best", FIT)
    card = model_card(replace(bundle, config=replace(bundle.config, evidence_s=0.64)))

    assert "fused from the networks' own and from what the pooled linear model reads in windows of 1.28 s" in card
    assert "their own part" not in card


def test_an_encoding_without_perception_attention_says_that_it_does_not_tell_when():
    bundle = bundle_of("best", FIT)

    card = model_card(replace(bundle, config=replace(bundle.config, encoding="average")))

    assert "this encoding does not say" in card
    assert "taught" not in card


def test_a_model_without_names_sends_nobody_to_a_split_that_it_does_not_hold():
    bundle = bundle_of("best")

    assert "`split.parquet` beside this card" in model_card(bundle)
    assert "`split.parquet` beside this card" not in model_card(without_names(bundle))


def test_the_card_names_the_licences_of_what_it_reads_and_of_nothing_else():
    bundle = bundle_of("best")
    stored = {"network": "research only", "egemaps": "audEERING's"}

    card = model_card(replace(bundle, extraction={"about": {**bundle.extraction["about"], "licences": stored}}))

    assert "- face network: research only" in card
    assert "audEERING" not in card
    assert "licence of its own" not in model_card(bundle)
