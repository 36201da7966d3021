from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
import torch

from avemo_core.model.batch import collate
from avemo_core.model.config import Encoding
from avemo_core.model.network import build
from avemo_core.training import presets
from avemo_core.training.ensemble import fit_ensemble, labels_of, preprocessed
from tests.avemo_core.planted import Plan, planted

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

HARD = {"frames": (60, 80), "segment": 5, "distractors": 6, "strength": 1.0}


class Figures(NamedTuple):
    accuracy: float
    localisation: float
    """Share of the attention on the planted segment over its share of the steps."""


@cache
def measured(encoding: Encoding) -> Figures:
    """Preset `paper`, trained on planted clips and measured on others."""
    recipe = presets.paper(encoding)
    train, val, (test, truth) = (
        planted(Plan(clips=280, seed=1, **HARD))[0],
        planted(Plan(clips=140, seed=2, **HARD))[0],
        planted(Plan(clips=280, seed=3, **HARD)),
    )
    ensemble = fit_ensemble(recipe, train, val, [0])
    inputs, labels = preprocessed(ensemble.preprocessor, test), labels_of(test)
    network = build(recipe.model, ensemble.preprocessor.widths)
    network.load_state_dict(ensemble.members[0].best_weights)
    with torch.inference_mode():
        perception = network.eval()(collate(inputs)).perception.numpy()
    inside = [perception[i, labels[i], : len(steps)][steps].sum() for i, steps in enumerate(truth)]
    localisation = float(np.mean(inside) / np.mean([steps.mean() for steps in truth]))
    return Figures(float((ensemble.probabilities(inputs).argmax(1).numpy() == labels).mean()), localisation)


def test_perception_attention_finds_what_was_planted():
    accuracy, localisation = measured("perception")

    assert accuracy >= 0.95
    assert localisation >= 3


def test_average_encoding_is_ten_points_behind_and_last_time_the_worst():
    perception, average, last = (measured(encoding).accuracy for encoding in ("perception", "average", "last"))

    assert average <= perception - 0.10
    assert last < average
