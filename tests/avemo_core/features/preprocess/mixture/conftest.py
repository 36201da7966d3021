"""A normaliser of twelve people who show all emotions."""

import pytest

from avemo_core.features.preprocess.mixture.labelled import Labelled
from avemo_core.features.preprocess.mixture.normaliser import MixtureNormaliser
from tests.avemo_core.features.preprocess.mixture.people import EMOTIONS, clips_of


@pytest.fixture(scope="module")
def normaliser() -> MixtureNormaliser:
    clips = [Labelled(clip, emotion, str(person)) for person in range(12) for emotion, clip in clips_of(person, range(EMOTIONS))]
    return MixtureNormaliser.fit(clips, range(EMOTIONS), 1.0)
