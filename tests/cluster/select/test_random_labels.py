"""Random labels on noise: whatever a card or a report calls held out is chance, through selection and training, in both presets.

Noise is told apart by heart: values that happen to go with the labels are found by the selection, and weights by the training. A figure
above chance is a leak.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from avemo_core.appearance import forest
from avemo_core.appearance.seen import SeenClips
from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.measured import foremost, measured
from avemo_core.corpora.clips_table import understand_clips
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.inference.predictor import Predictor
from avemo_core.report.bundles import model_of
from avemo_core.report.scoring import scores
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.config import Recipe
from avemo_core.training.splits import split_of
from cluster.select.sources import labelled_clips
from schemas.emotions import EMOTIONS
from schemas.features import SHAPE_WIDTH
from tests.avemo_core.feature_rows import table

pytestmark = pytest.mark.long

PEOPLE, TIMES, MAP, KEEP, FRAMES = 12, 2, 4000, 128, 3
CLIPS = PEOPLE * TIMES * len(EMOTIONS)

PAPER = presets.paper()
BEST = presets.best()
SMALL = {"width": 6, "selector_width": 4, "audio_components": 4, "shape_components": 4}
RECIPES = {
    "paper": replace(PAPER, model=replace(PAPER.model, **SMALL, embedding=3), fit=replace(PAPER.fit, epochs=4)),
    "best": replace(BEST, model=replace(BEST.model, **SMALL), fit=replace(BEST.fit, epochs=1)),
}

CLEAN, EVERY = "selected on train", "selected on every clip"


def most_right(clips: int) -> int:
    """More clips than this are named right by chance alone once in ten thousand times at most, whatever names them: exact for labels
    drawn one by one, and a person's labels, drawn without putting back, vary less."""
    return int(binom.ppf(1 - 1e-4, clips, 1 / len(EMOTIONS)))


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Clips of nothing, the whole feature map of each, and the table that says who they are."""

    clips: list[ClipFeatures]
    csv: Path


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Noise:
    draw = np.random.default_rng(7)
    # Everybody shows every emotion as often as another, in an order drawn: then there is no commonest emotion to be right with, and the
    # folds, which are stratified by label, tell nothing.
    labels = np.stack([draw.permutation(np.repeat(np.arange(len(EMOTIONS)), TIMES)) for _ in range(PEOPLE)])
    clips = [
        ClipFeatures(
            clip_id=f"clip-{number:03}",
            source_id=f"clip-{number:03}",
            label=EMOTIONS[labels[number % PEOPLE, number // PEOPLE]],
            split=None,
            subject=f"person-{number % PEOPLE:02}",
            # No sound and a face that never moves: whatever is learned is learned from the selected values.
            audio=np.zeros((0, 6), np.float32),
            audio_time_s=np.zeros(0, np.float32),
            shape=np.zeros((FRAMES, SHAPE_WIDTH), np.float32),
            # A clip's faces are alike: what tells one clip from the others is there in every frame.
            appearance=(draw.normal(size=(1, MAP)) + 0.1 * draw.normal(size=(FRAMES, MAP))).astype(np.float16),
            frame_time_s=(np.arange(FRAMES) * 0.04).astype(np.float32),
            has_face=np.full(FRAMES, fill_value=True),
        )
        for number in range(CLIPS)
    ]
    csv = tmp_path_factory.mktemp("noise") / "clips.csv"
    lines = [f"{clip.clip_id},/nowhere/{clip.clip_id}.mp4,{clip.label},{clip.subject}" for clip in clips]
    csv.write_text("\n".join(["clip_id,path,label,subject", *lines]) + "\n")
    return Noise(clips=clips, csv=csv)


def selected(noise: Noise, on: str) -> tuple[list[ClipFeatures], SeenClips]:
    """The clips with the appearance values that a forest selects on some of them, and the record of which."""
    chosen = {clip.source_id for clip in labelled_clips(understand_clips(str(noise.csv)), drop_copies=False).clips}
    seen = [clip for clip in noise.clips if on != CLEAN or clip.source_id in chosen]
    values = np.stack([clip.appearance[0] for clip in seen]).astype(np.float32)
    columns = forest.order(values, np.array([EMOTIONS.index(clip.label) for clip in seen]), trees=120)[:KEEP]
    return [replace(clip, appearance=clip.appearance[:, columns]) for clip in noise.clips], SeenClips.of(
        [clip.source_id for clip in seen], []
    )


def trained(noise: Noise, recipe: Recipe, on: str, *, split: str | None = None) -> tuple[Bundle, pa.Table]:
    """A bundle, and the features that it was trained on.

    Args:
        noise: the clips.
        recipe: a preset.
        on: which clips the selection was made on.
        split: of every clip that a made split has in test; None: they are tested.
    """
    clips, seen = selected(noise, on)
    features = table(clips)
    parts = split_of(features, seen=seen)
    if split is not None:
        rows = parts.rows
        moved = pa.array([split if part == "test" else part for part in rows["split"].to_pylist()])
        parts = replace(parts, rows=rows.set_column(rows.column_names.index("split"), "split", moved))
    return fit_bundle(recipe, clips, parts, [0], "planted", {"about": {"extraction": {"selection": record(seen)}}}), features


def record(seen: SeenClips) -> dict[str, object]:
    return {"indices": list(range(KEEP)), "map_shape": [MAP, 1, 1], "seen": seen.to_json()}


@pytest.mark.parametrize("without_test", [False, True], ids=["with a test split", "without one"])
@pytest.mark.parametrize("preset", RECIPES)
def test_nothing_that_a_card_or_a_report_calls_held_out_is_above_chance(noise: Noise, preset: str, *, without_test: bool):
    bundle, features = trained(noise, RECIPES[preset], CLEAN, split="train" if without_test else None)

    held_out = [found for found in measured(bundle.metrics) if found.is_held_out]
    shown = foremost(bundle.metrics)
    counted = scores(scored(bundle, features), model_of(bundle))
    assert shown is not None
    assert counted is not None
    assert [found.clips_of for found in held_out] == ([] if without_test else ["test"]) + (["cross-validation"] if preset == "best" else [])
    assert [found.name for found in held_out if not is_chance(found.figures)] == []
    assert ("## Held-out emotions" in bundle.card) == shown.is_held_out == bool(held_out)
    assert without_test or is_chance(counted.figures)
    assert bool(counted.caution) == without_test


def test_val_of_preset_paper_bears_one_name_on_the_card_in_its_header_and_in_the_report(noise: Noise):
    bundle, features = trained(noise, RECIPES["paper"], CLEAN, split="train")

    counted = scores(scored(bundle, features), model_of(bundle))

    words = "chose the epoch and the temperature"
    header, text = bundle.card.split("\n---\n", 1)
    assert f"split: val, {words}" in header
    assert f"## Emotions: clips of val, {words}" in text
    assert f"clips: val, {words}" in model_of(bundle).facts["accuracy when trained"]
    assert counted is not None
    assert f"val split, which {words}" in counted.scope
    assert "held out |" not in text


def test_figures_on_clips_that_the_selection_saw_are_above_chance_and_never_called_held_out(noise: Noise):
    bundle, features = trained(noise, RECIPES["best"], EVERY)

    found = {one.clips_of: one for one in measured(bundle.metrics)}
    counted = scores(scored(bundle, features), model_of(bundle))
    assert not is_chance(found["cross-validation"].figures)
    assert not any(one.is_held_out for one in found.values())
    assert bundle.card.count(", but seen by the selection |") == 2
    assert "No figure here is of clips that nothing of the model has seen." in bundle.card
    assert bundle.temperature >= 1
    assert counted is not None
    assert counted.scope.endswith("but seen by the selection")
    assert counted.caution


def is_chance(figures: Mapping[str, Any]) -> bool:
    return round(figures["accuracy"] * figures["clips"]) <= most_right(figures["clips"])


def scored(bundle: Bundle, features: pa.Table) -> pa.Table:
    predictor = Predictor(bundle)
    return predictor.rows(features, predictor.gather(features))
