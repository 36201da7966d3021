"""Where clips and inputs lie while they are learned from changes nothing of the model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from avemo_core.features.clip_features import ClipFeatures
from avemo_core.runtime.scratch import Scratch, in_memory, on_disk
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.config import Recipe
from avemo_core.training.splits import split_of
from tests.avemo_core.feature_rows import table
from tests.avemo_core.planted import Plan, planted


def small(recipe: Recipe) -> Recipe:
    return replace(recipe, model=replace(recipe.model, width=6, selector_width=4), fit=replace(recipe.fit, epochs=2))


def lies_in_memory(array: np.ndarray) -> bool:
    base = array
    while isinstance(base.base, np.ndarray):
        base = base.base
    return base.base is None


BEST, PAPER = (small(recipe) for recipe in (presets.best(), presets.paper()))


@pytest.mark.parametrize("recipe", [pytest.param(BEST, marks=pytest.mark.slow), PAPER], ids=["best", "paper"])
def test_a_model_of_what_lies_on_the_disk_is_that_of_what_lies_in_memory(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    clips = [replace(clip, subject=f"s{number % 4}") for number, clip in enumerate(planted(Plan(clips=42, seed=3))[0])]
    split = split_of(table(clips))

    with on_disk() as keep:
        of_disk = fit_bundle(recipe, [keep(clip) for clip in clips], split, [0], "planted", storage=on_disk)
        assert str(tmp_path) in Path("/proc/self/maps").read_text()
    of_memory = fit_bundle(recipe, clips, split, [0], "planted", storage=in_memory)

    for name, weights in of_memory.members[0].items():
        assert torch.equal(of_disk.members[0][name], weights)
    assert of_disk.temperature == of_memory.temperature
    assert repr(of_disk.history) == repr(of_memory.history)  # no NaN equals another
    assert str(tmp_path) not in Path("/proc/self/maps").read_text()


def test_every_array_of_a_clip_lies_on_the_disk_and_its_names_stay(tmp_path: Path):
    clip: ClipFeatures = planted(Plan(clips=7, seed=0))[0][0]

    with Scratch(tmp_path) as scratch:
        kept = scratch.keep_all(clip)

        for name in ("audio", "audio_time_s", "shape", "appearance", "frame_time_s", "has_face"):
            assert not lies_in_memory(getattr(kept, name)), name
            np.testing.assert_array_equal(getattr(kept, name), getattr(clip, name))
        assert (kept.clip_id, kept.label, kept.split) == (clip.clip_id, clip.label, clip.split)
