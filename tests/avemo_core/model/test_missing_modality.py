"""A clip without a face, or without sound, is scored by what is left: as well as a model that never knew more."""

from dataclasses import replace
from functools import cache

import pytest

from avemo_core.features.clip_features import ClipFeatures
from avemo_core.training import presets
from avemo_core.training.ensemble import Ensemble, fit_ensemble, labels_of, preprocessed
from tests.avemo_core.planted import Plan, planted

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

SOUND_ALONE, FACE_ALONE, BOTH = {"face": False}, {"sound": False}, {}


def clips(count: int, seed: int, modalities: dict[str, bool]) -> list[ClipFeatures]:
    """One planted segment and no distractors: these sit in one modality, and nothing tells them from the truth without the other."""
    return planted(Plan(clips=count, seed=seed, distractors=0, strength=0.8, **modalities))[0]


def trained(modality_dropout: float, modalities: dict[str, bool]) -> Ensemble:
    paper = presets.paper()
    recipe = replace(paper, fit=replace(paper.fit, modality_dropout=modality_dropout, epochs=40))
    return fit_ensemble(recipe, clips(420, 1, modalities), clips(210, 2, modalities), [0])


@cache
def trained_on_both() -> Ensemble:
    return trained(0.3, BOTH)


def accuracy(ensemble: Ensemble, modalities: dict[str, bool]) -> float:
    test = clips(420, 3, modalities)
    return float((ensemble.probabilities(preprocessed(ensemble.preprocessor, test)).argmax(1).numpy() == labels_of(test)).mean())


@pytest.mark.parametrize("left", [SOUND_ALONE, FACE_ALONE], ids=["sound", "face"])
def test_with_one_modality_gone_a_model_is_within_two_points_of_one_trained_on_the_other_alone(left: dict[str, bool]):
    alone = accuracy(trained(0.0, left), left)

    found = accuracy(trained_on_both(), left)

    assert alone >= 0.9
    assert found >= alone - 0.02
