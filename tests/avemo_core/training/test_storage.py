"""Where clips and inputs lie while they are learned from changes nothing of the model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.parts import PAPER as PAPER_PARTS
from avemo_core.features.preprocess.config import Modalities
from avemo_core.features.preprocess.modalities import as_read_by
from avemo_core.runtime.scratch import Scratch, in_memory, on_disk
from avemo_core.runtime.stored import Stored
from avemo_core.training import presets
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.config import Recipe
from avemo_core.training.splits import split_of
from tests.avemo_core.feature_rows import table
from tests.avemo_core.planted import Plan, planted
from tests.avemo_core.runtime.kept import open_files


def small(recipe: Recipe) -> Recipe:
    return replace(recipe, model=replace(recipe.model, width=6, selector_width=4), fit=replace(recipe.fit, epochs=2))


BEST, PAPER = (small(recipe) for recipe in (presets.best(), presets.paper()))


@pytest.mark.parametrize("recipe", [pytest.param(BEST, marks=pytest.mark.slow), PAPER], ids=["best", "paper"])
def test_a_model_of_what_lies_on_the_disk_is_that_of_what_lies_in_memory(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    clips = [replace(clip, subject=f"s{number % 4}") for number, clip in enumerate(planted(Plan(clips=42, seed=3))[0])]
    split = split_of(table(clips))

    with on_disk() as keep:
        of_disk = fit_bundle(recipe, [keep(clip) for clip in clips], split, [0], "planted", storage=on_disk)
        assert open_files(tmp_path)
    of_memory = fit_bundle(recipe, clips, split, [0], "planted", storage=in_memory)

    for name, weights in of_memory.members[0].items():
        assert torch.equal(of_disk.members[0][name], weights)
    assert of_disk.temperature == of_memory.temperature
    assert repr(of_disk.history) == repr(of_memory.history)  # no NaN equals another
    del keep
    assert not open_files(tmp_path)


def test_the_wide_arrays_of_a_clip_lie_on_the_disk_and_all_else_stays(tmp_path: Path):
    clip: ClipFeatures = planted(Plan(clips=7, seed=0))[0][0]

    kept = Scratch(tmp_path).keep(clip)

    for name in ("audio", "audio_time_s", "shape", "appearance", "frame_time_s", "has_face"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(clip, name))
    assert (kept.clip_id, kept.label, kept.split) == (clip.clip_id, clip.label, clip.split)
    assert {"audio", "shape", "appearance", "other_audio"} == {name for name, value in vars(kept).items() if isinstance(value, Stored)}


@pytest.mark.parametrize("modalities", ["sound", "face"])
def test_a_clip_on_the_disk_stays_there_when_a_model_reads_one_of_its_modalities(tmp_path: Path, modalities: Modalities):
    clip: ClipFeatures = planted(Plan(clips=7, seed=0))[0][0]

    read = as_read_by(Scratch(tmp_path).keep(clip), modalities, PAPER_PARTS)

    assert isinstance(vars(read)["audio" if modalities == "sound" else "shape"], Stored)
