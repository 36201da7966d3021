import pytest

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.extraction.config import ExtractionConfig, feature_set
from avemo_core.extraction.media_version import MEDIA_VERSION, how_to_agree, media_version

BEFORE = "resnet29 0123456789ab / 64 values abcdef012345 / ibug49 / yaafe27 / every frame"
NOW = f"{BEFORE} / media {MEDIA_VERSION}"


def test_a_feature_set_says_its_media_version_and_one_of_before_is_1():
    made = feature_set(ExtractionConfig(), Selection.all(networks.load()))

    assert (media_version(BEFORE), media_version(made), MEDIA_VERSION) == (1, MEDIA_VERSION, 2)


def test_which_sound_is_heard_is_no_part_of_a_feature_set():
    """A model reads rows of any channel; that a table mixes none is up to its fingerprint."""
    selection = Selection.all(networks.load())

    assert feature_set(ExtractionConfig(sound_track="eng", channel="left"), selection) == feature_set(ExtractionConfig(), selection)


@pytest.mark.parametrize(
    ("model", "features", "advice"),
    [
        (BEFORE, NOW, "train again on features of this version"),
        (NOW, BEFORE, "extract the clips again"),
        (NOW, f"other / media {MEDIA_VERSION}", "Extract with the model's own settings"),
    ],
    ids=["the model is older", "the features are older", "both are of one version"],
)
def test_the_advice_goes_by_who_is_older(model: str, features: str, advice: str):
    assert advice in how_to_agree(model, features)
