import pickle

import pytest

from avemo_core.errors import ConfigError
from avemo_core.extraction.config import ExtractionConfig


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
