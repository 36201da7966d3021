"""Somebody who was not in the training may differ more from its people than they do from each other."""

import numpy as np
import pytest

from avemo_core.features.preprocess.mixture.estimate import MixtureEstimator
from avemo_core.features.preprocess.subjects import Reads

MEANS = 1.5 * np.array([[1, 0], [-0.5, 0.87], [-0.5, -0.87]])
SHOWN = np.repeat(np.arange(3), 6)
DRAWS = 60


def read_as_showing_all(people: int) -> float:
    """Share of draws in which somebody who shows all emotions, 2.5 deviations away from `people` training people, is read to show all."""
    draw, right = np.random.default_rng(0), 0
    for _ in range(DRAWS):
        who, labels = np.repeat(np.arange(people), len(SHOWN)), np.tile(SHOWN, people)
        noise, offsets = draw.normal(size=(len(labels), 2)), draw.normal(size=(people, 2))
        estimator = MixtureEstimator.fit(MEANS[labels] + offsets[who] + noise, labels, [str(person) for person in who])
        mixture = estimator(len(SHOWN), Reads.of(MEANS[SHOWN] + [2.5, 0] + draw.normal(size=(len(SHOWN), 2))))
        right += mixture.numbers[-1] > 0.5
    return right / DRAWS


@pytest.mark.parametrize("people", [3, 4, 6])
def test_somebody_unlike_the_few_people_of_a_training_is_read_to_show_what_is_shown(people: int):
    assert read_as_showing_all(people) > 0.65
