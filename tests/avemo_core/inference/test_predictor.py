"""What is scored is what the bundle holds: every network, the pooled linear model, the temperature."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy import ndarray

from avemo_core.bundle.attention import GAIN
from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.config import ModelConfig
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.inference.predictor import Predictor
from avemo_core.model.batch import collate
from avemo_core.model.network import build
from avemo_core.training import presets
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


def test_attention_is_the_networks_times_what_the_pooled_model_reads_around_each_step(bundle: Bundle, clips: list[ClipFeatures]):
    config = replace(CONFIG, evidence_s=0.2)
    reading = replace(bundle, config=config, preprocessor=replace(bundle.preprocessor, config=config))

    before, after = (Predictor(one).rows(table(clips)) for one in (bundle, reading))

    inputs = reading.preprocessor.inputs(clips, reading.preprocessor.gather(clips), with_windows=True)
    for row, clip in enumerate(inputs):
        of_networks, fused = (np.stack(rows.column("perception")[row].as_py()) for rows in (before, after))
        windows = clip.windows.pooled @ bundle.pooled.weights + bundle.pooled.bias
        evidence = np.stack([np.interp(clip.step_time_s, clip.windows.time_s, logits) for logits in windows.T], 1)
        expected = of_networks * np.exp(GAIN * (evidence - evidence.max(0)))
        np.testing.assert_allclose(fused, expected / expected.sum(0), atol=1e-5)
    for name in ("predicted", "confidence", "step_time_s"):
        assert before.column(name).equals(after.column(name))


def test_an_encoding_without_perception_attention_reads_no_windows():
    assert presets.best().model.fuses_attention
    assert not presets.best("average").model.fuses_attention
    assert not presets.paper().model.fuses_attention
