"""What a training learns of how far it may be relied on: novelty, and how right it is of people held out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avemo_core.abstention.threshold import Abstention
from avemo_core.appearance.seen import NOTHING_SEEN
from avemo_core.bundle.bundle import Bundle
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.inference.predictor import Predictor
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.config import Recipe
from avemo_core.training.splits import split_of
from schemas.novelty import NOVEL
from schemas.predictions import PROBABILITIES
from tests.avemo_core.feature_rows import table
from tests.avemo_core.planted import Plan, planted

PAPER = presets.paper()
SMALL = replace(PAPER.model, width=4, selector_width=3, embedding=3, audio_components=8, shape_components=6, fusion_weight=0.85)
FIXED = replace(PAPER, model=SMALL, fit=replace(PAPER.fit, epochs=1, patience=None))
CHOSEN_ON_VAL = replace(FIXED, model=replace(SMALL, fusion_weight=0.0), fit=replace(PAPER.fit, epochs=1))


def people(clips: int, seed: int = 0) -> list[ClipFeatures]:
    made, _ = planted(Plan(clips=clips, seed=seed, frames=(14, 18), segment=4, distractors=0))
    return [replace(clip, subject=f"person-{number % 6}") for number, clip in enumerate(made)]


def trained(clips: list[ClipFeatures], recipe: Recipe = FIXED) -> Bundle:
    return fit_bundle(recipe, clips, split_of(table(clips), seen=NOTHING_SEEN), [0], "planted")


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return trained(people(84))


def scored(bundle: Bundle, clips: list[ClipFeatures], threshold: float | None = None) -> dict[str, np.ndarray]:
    rows = Predictor(bundle, threshold=threshold).rows(table(clips, "planted"))
    found = {name: rows.column(name).to_numpy() for name in ("novelty", "confidence", "predicted")}
    return found | {"probabilities": np.stack([rows.column(name).to_numpy() for name in PROBABILITIES], 1)}


def of_another_recording(clips: list[ClipFeatures]) -> list[ClipFeatures]:
    """The same with a hum in every step of the sound."""
    return [replace(clip, audio=clip.audio + np.float32(4)) for clip in clips]


def test_clips_of_another_recording_are_novel_and_new_people_are_not(bundle: Bundle):
    new = people(42, seed=7)

    assert (scored(bundle, of_another_recording(new))["novelty"] > NOVEL).mean() > 0.9
    assert (scored(bundle, new)["novelty"] > NOVEL).mean() < 0.15


def test_probabilities_of_novel_clips_are_flatter_and_name_the_same_emotion(bundle: Bundle):
    clips = of_another_recording(people(42, seed=7))

    found, before = scored(bundle, clips), scored(replace(bundle, novelty=None), clips)

    assert (found["predicted"] == before["predicted"]).all()
    assert (found["confidence"] < before["confidence"]).mean() > 0.9
    assert found["confidence"].mean() < before["confidence"].mean() - 0.1


def test_a_clip_alone_without_sound_or_without_a_face_is_ranked_by_what_it_has(bundle: Bundle):
    clip = people(1, seed=7)[0]
    silent = replace(clip, audio=clip.audio[:0], audio_time_s=clip.audio_time_s[:0])
    blind = replace(clip, has_face=np.zeros_like(clip.has_face))
    constant = replace(clip, audio=np.zeros_like(clip.audio), shape=np.zeros_like(clip.shape), appearance=np.zeros_like(clip.appearance))

    novelty = [scored(bundle, [one])["novelty"][0] for one in (clip, silent, blind, constant)]

    assert np.isfinite(novelty).all()
    assert novelty[3] > NOVEL


def test_a_stored_bundle_says_the_same_and_one_of_before_says_nothing_of_novelty(bundle: Bundle, tmp_path: Path):
    clips = people(14, seed=8)
    bundle.save(str(tmp_path))

    loaded = Bundle.load(str(tmp_path))

    assert loaded.model_id == bundle.model_id
    assert scored(loaded, clips)["novelty"].tolist() == scored(bundle, clips)["novelty"].tolist()
    assert loaded.held_out.confidence.tolist() == bundle.held_out.confidence.tolist()
    assert Predictor(replace(bundle, novelty=None)).rows(table(clips, "planted")).column("novelty").null_count == 14


def test_held_out_clips_are_those_that_the_card_measures(bundle: Bundle):
    figures = bundle.metrics["calibration"]["held_out"]

    assert len(bundle.held_out) == figures["clips"]
    assert bundle.held_out.is_right.mean() == pytest.approx(figures["accuracy"])
    assert bundle.held_out.people == 6 - len(bundle.training["subjects"]["test"])
    assert f"{(1 - bundle.held_out.is_right[bundle.held_out.novelty <= NOVEL].mean()):.3f}" in bundle.card


def test_preset_paper_learns_both_from_val():
    split = {"person-0": "val", "person-1": "val", "person-2": "val"}
    clips = [replace(clip, split=split.get(clip.subject, "train")) for clip in people(84)]

    bundle = trained(clips, CHOSEN_ON_VAL)

    assert (bundle.held_out.people, len(bundle.novelty.held_out)) == (3, 42)
    assert trained([replace(clip, split="train") for clip in clips], CHOSEN_ON_VAL).held_out is None


def test_a_model_of_random_labels_answers_nothing_at_a_small_risk():
    clips = people(84)
    labels = np.random.default_rng(0).permutation([clip.label for clip in clips])

    found = trained([replace(clip, label=str(label)) for clip, label in zip(clips, labels, strict=True)])

    abstention = Abstention.of(0.2, found.held_out)
    rows = scored(found, clips, abstention.threshold)
    assert abstention.answers is None
    assert [name for name in rows["predicted"] if name is not None] == []
    assert rows["probabilities"].sum(1) == pytest.approx(np.ones(84), abs=1e-5)
