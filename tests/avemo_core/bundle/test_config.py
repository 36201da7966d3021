"""A model's config as bundles store it: the names of version 1 stay."""

import json

import pytest

from avemo_core.bundle.config import ModelConfig
from avemo_core.errors import ConfigError
from avemo_core.training import presets

STORED = {"audio_pool": 2, "shape_upright": True, "shrinkage_clips": 1.5, "pooled_share": 0.85}
"""Fields that have other names today, by their names in version 1."""
CONFIG = ModelConfig(audio_average_steps=2, shape_procrustes=True, relevance_factor=1.5, fusion_weight=0.85)


def test_what_a_bundle_stores_has_the_names_of_version_1():
    stored = CONFIG.to_json()

    assert {name: stored.get(name) for name in STORED} == STORED
    assert not stored.keys() & {"audio_average_steps", "shape_procrustes", "relevance_factor", "fusion_weight"}


def test_what_version_1_stored_is_read_into_the_fields_of_today():
    assert ModelConfig.from_json(STORED) == CONFIG


@pytest.mark.parametrize("config", [presets.paper().model, presets.best().model, CONFIG], ids=["paper", "best", "changed"])
def test_a_config_comes_back_from_what_it_stores(config: ModelConfig):
    assert ModelConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_a_model_of_before_looks_for_pitches_to_450_hz_folds_octaves_and_pools_means_and_deviations():
    before = ModelConfig.from_json(STORED)

    assert (before.pitch_ceiling_hz, before.folds_octaves, before.pooled_functionals) == (450.0, True, False)
    assert not before.to_json().keys() & {"pitch_ceiling_hz", "folds_octaves", "pooled_functionals", "evidence_s"}
    assert not before.fuses_attention


@pytest.mark.parametrize("ceiling_hz", [100.0, 2000.0])
def test_a_pitch_ceiling_at_which_no_voice_could_be_found_is_refused(ceiling_hz: float):
    with pytest.raises(ConfigError, match=r"pitch_ceiling_hz must be from 130 to 1000, not"):
        ModelConfig(pitch_ceiling_hz=ceiling_hz)


def test_a_field_that_no_model_has_is_refused():
    with pytest.raises(TypeError, match="wings"):
        ModelConfig.from_json({"wings": 2})


@pytest.mark.parametrize(("field", "value"), [("encoding", "transformer"), ("coarse", "middle"), ("modalities", "smell")])
def test_what_this_version_does_not_know_is_refused_before_it_is_built(field: str, value: str):
    config = ModelConfig()
    object.__setattr__(config, field, value)  # past the checks of types that hold in tests alone

    with pytest.raises(ConfigError, match=f"{field} must be one of .*, not {value}"):
        config.__post_init__()
