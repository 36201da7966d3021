"""What is scored is what the bundle holds: every network, the pooled linear model, the temperature."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy import ndarray

from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.config import ModelConfig
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.inference.predictor import Predictor
from avemo_core.model.batch import collate
from avemo_core.model.network import build
from schemas.emotions import EMOTIONS
from tests.avemo_core.feature_rows import table
from tests.avemo_core.planted import Plan, planted

CONFIG = ModelConfig(width=4, selector_width=3, embedding=2, audio_components=5, shape_components=4, fusion_weight=0.4)
TEMPERATURE = 1.7


@pytest.fixture(scope="module")
def clips() -> list[ClipFeatures]:
    made, _ = planted(Plan(clips=14, seed=3, frames=(9, 14), segment=3, distractors=0))
    return made


@pytest.fixture(scope="module")
def bundle(clips: list[ClipFeatures]) -> Bundle:
    """Three networks of as many seeds, with weights large enough to disagree."""
    preprocessor = Preprocessor.fit(clips, CONFIG)
    members = []
    for seed in range(3):
        torch.manual_seed(seed)
        members.append({name: 3 * value for name, value in build(CONFIG, preprocessor.widths).state_dict().items()})
    pooled = PooledClassifier.fit(preprocessor.inputs(clips, preprocessor.gather(clips)))
    return Bundle(
        config=CONFIG, preprocessor=preprocessor, members=tuple(members), feature_set="planted", pooled=pooled, temperature=TEMPERATURE
    )


def by_hand(bundle: Bundle, clips: list[ClipFeatures]) -> ndarray:
    """p = softmax(log p' / T), log p' = (1 - a) log(mean of the networks) + a log(pooled linear model), clip by clip."""
    rows = []
    for clip in bundle.preprocessor.inputs(clips, bundle.preprocessor.gather(clips)):
        with torch.inference_mode():
            each = [softmax(network(collate([clip])).logits[0].numpy()) for network in bundle.networks()]
        logits = np.log(np.mean(each, 0))
        if bundle.pooled:
            logits = 0.6 * logits + 0.4 * np.log(softmax(clip.pooled @ bundle.pooled.weights + bundle.pooled.bias))
        rows.append(softmax(logits / bundle.temperature))
    return np.stack(rows)


def softmax(logits: ndarray) -> ndarray:
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def scored(bundle: Bundle, clips: list[ClipFeatures]) -> ndarray:
    rows = Predictor(bundle).rows(table(clips))
    return np.stack([rows.column(f"p_{emotion}").to_numpy() for emotion in EMOTIONS], 1)


def test_a_prediction_is_of_all_networks_the_pooled_model_and_the_temperature(bundle: Bundle, clips: list[ClipFeatures]):
    np.testing.assert_allclose(scored(bundle, clips), by_hand(bundle, clips), atol=1e-5)


@pytest.mark.parametrize(
    "without",
    [
        lambda bundle: replace(bundle, temperature=1.0),
        lambda bundle: replace(bundle, pooled=None),
        lambda bundle: replace(bundle, members=bundle.members[:1]),
        lambda bundle: replace(bundle, members=bundle.members[:2]),
    ],
    ids=["temperature", "pooled model", "networks but the first", "the last network"],
)
def test_each_part_of_a_bundle_changes_its_predictions(bundle: Bundle, clips: list[ClipFeatures], without: object):
    assert np.abs(scored(without(bundle), clips) - scored(bundle, clips)).max() > 0.01
