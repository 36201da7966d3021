import pickle

import pytest

from avemo_core.errors import ConfigError
from avemo_core.extraction.config import ExtractionConfig, is_alike


def test_the_config_survives_pickling():
    config = ExtractionConfig(fps=12.5)

    assert pickle.loads(pickle.dumps(config)) == config  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    "wrong",
    [
        {"fps": 0.0},
        {"fps": float("inf")},
        {"segment_s": 3.0, "stride_s": 0.0003},
        {"max_side": 10},
        {"segment_s": 0.1},
        {"segment_s": 5.0, "stride_s": 6.0},
        {"stride_s": 1.0},
    ],
)
def test_rates_and_sizes_that_make_no_sense_are_refused(wrong: dict[str, float]):
    with pytest.raises(ConfigError, match="must be"):
        ExtractionConfig(**wrong)


def test_a_sound_track_that_cannot_be_is_refused():
    with pytest.raises(ConfigError, match="--sound-track: expected a number"):
        ExtractionConfig(sound_track="second")


OLDER = "resnet29 0 / 64 values 0 / facemesh-ibug49 / yaafe27 / every frame / media 2"
NEWER = "resnet29 0 / 9216 values 1 / facemesh-0.10.21-ibug49 / yaafe27 / 25 fps / media 2"


def test_features_that_differ_in_pictures_alone_are_the_same_to_a_model_of_sound_and_to_no_other():
    assert is_alike(OLDER, NEWER, "sound")
    assert not is_alike(OLDER, NEWER, "audio-visual")
    assert not is_alike(OLDER, NEWER, "face")


@pytest.mark.parametrize(
    "other", [OLDER.replace("media 2", "media 3"), OLDER.removesuffix(" / media 2"), OLDER.replace("yaafe27", "yaafe28"), "x"]
)
def test_sound_that_was_read_or_measured_otherwise_is_not_the_same_to_a_model_of_sound(other: str):
    assert not is_alike(OLDER, other, "sound")
    assert not is_alike(other, OLDER, "sound")
    assert not is_alike(other, "y", "sound")
