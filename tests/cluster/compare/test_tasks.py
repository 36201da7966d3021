"""What a fold of a comparison is fitted on: its train part, and nobody else."""

from dataclasses import replace

import numpy as np
import pytest

from avemo_core.evaluation.comparison import Fold
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.training import presets
from cluster.compare.tasks import PreprocessedFold, preprocess_fold
from tests.avemo_core.planted import Plan, planted


def preprocessed(clips: list[ClipFeatures], preset: str) -> PreprocessedFold:
    """The first half of the clips trains, the rest is tested; here, without Ray."""
    half = len(clips) // 2
    fold = Fold("one", {"train": np.arange(half), "test": np.arange(half, len(clips))})
    recipe = (presets.best if preset == "best" else presets.paper)("perception")
    made: PreprocessedFold = preprocess_fold._function(clips, fold, recipe, None)
    return made


@pytest.mark.parametrize("preset", ["best", "paper"])
def test_whoever_is_tested_the_inputs_of_the_train_part_are_the_same(preset: str):
    clips, _ = planted(Plan(clips=16, seed=0, frames=(12, 16), segment=3, distractors=0))
    loud = [replace(clip, audio=7 * clip.audio + 3, shape=5 * clip.shape, appearance=4 * clip.appearance - 1) for clip in clips[8:]]

    one, other = (preprocessed([*clips[:8], *tested], preset) for tested in (clips[8:], loud))

    for first, second in zip(one.inputs["train"], other.inputs["train"], strict=True):
        for name in ("audio", "shape", "appearance", "pooled"):
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
