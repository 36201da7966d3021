"""A whole training: the bundle, its figures and its card."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from avemo_core.appearance.seen import NOTHING_SEEN, SeenClips
from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.measured import foremost, measured
from avemo_core.errors import AvemoError, ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.inference.predictor import Predictor
from avemo_core.report.bundles import model_of
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.config import Recipe
from avemo_core.training.splits import SEEN_COLUMN, SplitOptions, split_of
from schemas.emotions import EMOTIONS
from tests.avemo_core.feature_rows import table
from tests.avemo_core.planted import Plan, planted

PAPER = presets.paper()
SMALL = replace(PAPER.model, width=6, selector_width=4, embedding=3, audio_components=8, shape_components=6)
CHOSEN_ON_VAL = replace(PAPER, model=SMALL, fit=replace(PAPER.fit, epochs=2))
FIXED = replace(CHOSEN_ON_VAL, fit=replace(PAPER.fit, epochs=2, patience=None))

BEST = replace(
    presets.best(),
    model=replace(presets.best().model, width=6, selector_width=4, audio_components=8, shape_components=6),
    fit=replace(presets.best().fit, epochs=2),
)

POOLED = replace(FIXED, model=replace(SMALL, fusion_weight=0.85))
"""As `best` parts the clips, in a tenth of its time."""


@pytest.fixture(scope="module")
def clips() -> list[ClipFeatures]:
    """Sixty clips of six people, in an order in which everybody shows every emotion."""
    made, _ = planted(Plan(clips=60, seed=0, frames=(18, 24), segment=4, distractors=0))
    return [replace(clip, subject=f"person-{number % 6}") for number, clip in enumerate(made)]


def bundle_of(clips: list[ClipFeatures], recipe: Recipe, seeds: Sequence[int] = (0, 1)) -> Bundle:
    return fit_bundle(recipe, clips, split_of(table(clips), seen=NOTHING_SEEN), seeds, "planted")


@pytest.fixture(scope="module")
def chosen_on_val(clips: list[ClipFeatures]) -> Bundle:
    return bundle_of(clips, CHOSEN_ON_VAL)


@pytest.fixture(scope="module")
def fixed(clips: list[ClipFeatures]) -> Bundle:
    return bundle_of(clips, FIXED)


@pytest.mark.parametrize(("name", "parts"), [("chosen_on_val", {"train", "val", "test"}), ("fixed", {"train", "test", "cross-validation"})])
def test_a_bundle_says_of_every_part_how_good_it_is(name: str, parts: set[str], request: pytest.FixtureRequest):
    metrics = request.getfixturevalue(name).metrics

    wanted = {"accuracy", "accuracy_interval", "chance", "uar", "recall", "confusion", "ece", "log_loss", "subjects"}
    figures = {found.clips_of: found.figures for found in measured(metrics)}
    assert set(figures) == parts
    assert all(wanted <= set(found) for found in figures.values())
    assert np.sum(metrics["test"]["confusion"]) == metrics["test"]["clips"]


def test_the_temperature_comes_from_clips_that_its_networks_have_not_learned_from(fixed: Bundle):
    held_out = fixed.metrics["calibration"]["held_out"]
    assert fixed.temperature == fixed.metrics["calibration"]["temperature"]
    assert held_out["clips"] == fixed.metrics["train"]["clips"]
    assert set(held_out["subjects"]) == set(fixed.metrics["train"]["subjects"])


@pytest.mark.slow
@pytest.mark.parametrize("made", [False, True], ids=["split given", "split made here"])
def test_the_order_of_the_table_changes_no_bit_of_the_bundle(clips: list[ClipFeatures], *, made: bool):
    given = [replace(clip, split=None if made else ("val" if clip.subject == "person-0" else "train")) for clip in clips]
    shuffled = [given[place] for place in np.random.default_rng(0).permutation(len(given))]

    first, other = (bundle_of(order, BEST) for order in (given, shuffled))

    assert first.split.equals(other.split)
    assert first.temperature == other.temperature
    assert all(torch.equal(value, other.members[0][name]) for name, value in first.members[0].items())
    assert first.pooled is not None
    assert other.pooled is not None
    np.testing.assert_array_equal(first.pooled.weights, other.pooled.weights)


@pytest.mark.parametrize("recipe", [CHOSEN_ON_VAL, POOLED], ids=["paper", "best"])
def test_whatever_is_in_the_test_split_no_bit_of_the_model_is_another(clips: list[ClipFeatures], recipe: Recipe):
    split = split_of(table(clips), seen=NOTHING_SEEN)
    tested = {row["clip_id"] for row in split.rows.to_pylist() if row["split"] == "test"}
    others = [replace(clip, audio=3 * clip.audio - 1, shape=-clip.shape) if clip.clip_id in tested else clip for clip in clips]

    first, other = (fit_bundle(recipe, some, split, [0], "planted") for some in (clips, others))

    assert tested
    assert first.metrics["test"]["log_loss"] != other.metrics["test"]["log_loss"]
    assert first.model_id == other.model_id  # a hash of everything that is fitted: preprocessing, weights, pooled model, temperature


def test_probabilities_that_fit_the_temperature_are_of_networks_that_never_saw_the_clip(clips: list[ClipFeatures]):
    noise = np.random.default_rng(0)
    meaningless = [
        replace(clip, label=EMOTIONS[noise.integers(7)], audio=noise.normal(size=clip.audio.shape).astype(np.float32)) for clip in clips
    ]

    figures = bundle_of(meaningless, POOLED).metrics

    # The pooled linear model has learned its own clips by heart; of the others' it knows nothing. 3 in 10,000 reach so much by chance.
    assert figures["train"]["accuracy"] > 0.9
    assert figures["calibration"]["held_out"]["accuracy"] < 0.35


@pytest.mark.parametrize("recipe", [CHOSEN_ON_VAL, POOLED], ids=["paper", "best"])
def test_a_training_that_diverges_says_so_and_gives_no_bundle(clips: list[ClipFeatures], recipe: Recipe):
    steep = replace(recipe, fit=replace(recipe.fit, learning_rate=1e30))

    with pytest.raises(AvemoError, match=r"the training diverged: .* after epoch \d; nothing was written\n.*learning_rate below 1e\+30"):
        bundle_of(clips, steep)


@pytest.mark.parametrize("recipe", [FIXED, BEST])
def test_a_clip_with_a_value_that_is_no_number_is_left_out_and_named(clips: list[ClipFeatures], recipe: Recipe):
    audio = clips[7].audio.copy()
    audio[2, 3] = np.nan
    damaged = [*clips[:7], replace(clips[7], audio=audio), *clips[8:]]

    bundle = bundle_of(damaged, recipe, seeds=[0])

    assert bundle.training["left_out"] == [clips[7].clip_id]
    assert np.isfinite(bundle.metrics["train"]["log_loss"])


@pytest.mark.parametrize("recipe", [FIXED, BEST])
def test_a_training_whose_clips_are_all_damaged_is_refused_with_their_names(clips: list[ClipFeatures], recipe: Recipe):
    damaged = [replace(clip, audio=np.full_like(clip.audio, np.inf)) for clip in clips]

    with pytest.raises(ConfigError, match=rf"infinity in all, among them {clips[0].clip_id}"):
        bundle_of(damaged, recipe)


def test_the_card_tells_the_data_the_uses_the_limits_and_the_figures(fixed: Bundle, tmp_path: Path):
    fixed.save(str(tmp_path))

    card = Bundle.load(str(tmp_path)).card
    wanted = (
        "Training data",
        "Intended use",
        "2024/1689",
        "workplace",
        "education",
        "Limits",
        "Figures",
        "Held-out subjects",
        "| emotion |",
    )
    assert [words for words in wanted if words not in card] == []
    assert [subject for subject in foremost(fixed.metrics).figures["subjects"] if subject not in card] == []
    assert [emotion for emotion in EMOTIONS if f"| {emotion} | " not in card] == []
    assert f"{fixed.metrics['test']['accuracy']:.3f}" in card


@pytest.mark.parametrize("recipe", [CHOSEN_ON_VAL, BEST], ids=["paper", "best"])
def test_a_model_of_some_emotions_never_names_another(clips: list[ClipFeatures], recipe: Recipe, tmp_path: Path):
    rows = table(clips)
    split = split_of(rows, SplitOptions(emotions=("happy", "sad", "fear")))

    fit_bundle(recipe, clips, split, [0], "planted").save(str(tmp_path))
    bundle = Bundle.load(str(tmp_path))
    scored = Predictor(bundle).rows(rows.set_column(rows.column_names.index("feature_set"), "feature_set", [["planted"] * len(rows)]))

    others = [scored.column(f"p_{emotion}").to_numpy() for emotion in EMOTIONS if emotion not in split.emotions]
    known = sum(scored.column(f"p_{emotion}").to_numpy() for emotion in split.emotions)
    assert np.abs(others).max() == 0
    assert known == pytest.approx(np.ones(len(rows)), abs=1e-6)
    assert set(scored.column("predicted").to_pylist()) <= set(split.emotions)
    assert "the probability of angry, disgust, neutral, surprise is always 0" in bundle.card


def test_the_card_names_emotions_without_clips_people_in_several_splits_and_copies(clips: list[ClipFeatures]):
    fewer = [clip for clip in clips if clip.label != "fear"]
    rows = table([replace(clip, split="test" if number > 40 else "train") for number, clip in enumerate(fewer)])
    split = split_of(rows, SplitOptions(same_people_in_splits=True, drop_copies=True))

    bundle = fit_bundle(
        CHOSEN_ON_VAL, fewer, replace(split, copies=("twin",)), [0], "planted", {"about": {"clips": {"map_label": {"calm": "neutral"}}}}
    )

    assert bundle.training["emotions_without_clips"] == ["fear"]
    assert "No clip of fear was learned from" in bundle.card
    assert "People in several splits, as `--same-people-in-splits` allowed: person-0 (test, train), person-1 (test, train)" in bundle.card
    assert "1 copies of other clips were left out (`--drop-copies`), among them twin" in bundle.card
    assert "calm as neutral (`--map-label`)" in bundle.card


def test_a_bundle_of_all_emotions_is_what_it_was_before(chosen_on_val: Bundle):
    assert chosen_on_val.emotions == EMOTIONS
    assert {"copies_left_out", "emotions", "people_in_several_splits"}.isdisjoint(chosen_on_val.training)


def test_a_bundle_says_which_of_its_clips_count_as_seen_by_the_selection(clips: list[ClipFeatures], tmp_path: Path):
    given = [replace(clip, split="test" if clip.subject == "person-0" else "train") for clip in clips]
    of_one = {clip.clip_id for clip in given if clip.subject == "person-0"}
    rows = table(given)
    saw_one, knows_nothing = (
        split_of(rows, seen=seen) for seen in (SeenClips.of([min(clip.source_id for clip in given if clip.clip_id in of_one)], []), None)
    )

    fit_bundle(POOLED, given, saw_one, [0], "planted").save(str(tmp_path))
    bundle = Bundle.load(str(tmp_path))

    marked = {found.clips_of for found in measured(bundle.metrics) if found.reservation}
    assert marked == {"test"}
    assert model_of(bundle).seen_sources == of_one
    assert knows_nothing.recorded().column(SEEN_COLUMN).null_count == len(given)
