"""The pooled linear model: statistics pooling, a logistic regression on the moments, and what a missing stream does."""

from dataclasses import replace

import numpy as np
import pytest

from avemo_core.bundle.config import ModelConfig
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.preprocess.scaling import StandardScaler
from tests.avemo_core.planted import Plan, planted

CONFIG = ModelConfig(
    audio_components=5, shape_components=4, functionals_s=0.2, subject_normalised=True, relevance_factor=1.0, fusion_weight=0.5
)


@pytest.fixture(scope="module")
def clips() -> list[ClipFeatures]:
    return [replace(clip, subject=f"s{number % 3}") for number, clip in enumerate(planted(Plan(clips=42, seed=0, strength=3.0))[0])]


@pytest.fixture(scope="module")
def preprocessor(clips: list[ClipFeatures]) -> Preprocessor:
    return Preprocessor.fit(clips, CONFIG)


def test_moments_are_the_mean_and_deviation_of_every_column_over_the_clip(clips: list[ClipFeatures]):
    preprocessor = Preprocessor.fit(clips, CONFIG)
    plain = replace(preprocessor, scaler=StandardScaler())

    streams = plain.streams(clips[0])

    expected = np.concatenate([clips[0].shape.mean(0), clips[0].shape.std(0)])
    np.testing.assert_allclose(streams.shape_moments[0], expected, atol=1e-5)


def test_over_the_training_clips_every_stream_has_mean_zero_and_deviation_one(clips: list[ClipFeatures], preprocessor: Preprocessor):
    moments = np.concatenate([preprocessor.streams(clip).audio_moments for clip in clips])

    np.testing.assert_allclose(moments.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(moments.std(0), 1, atol=1e-3)


def test_a_subject_of_many_clips_is_normalised_by_its_own_statistics(clips: list[ClipFeatures]):
    preprocessor = Preprocessor.fit(clips, replace(CONFIG, relevance_factor=0.0))
    louder = [replace(clip, audio=3 * clip.audio + 5, subject="loud") for clip in clips]

    quiet, loud = (preprocessor.inputs(some, preprocessor.gather(some))[0].pooled for some in (_as(clips, "quiet"), louder))

    np.testing.assert_allclose(loud[:10], quiet[:10], atol=0.05)


def test_what_was_planted_in_the_means_is_found_in_other_clips(clips: list[ClipFeatures], preprocessor: Preprocessor):
    inputs = preprocessor.inputs(clips, preprocessor.gather(clips))

    logits = PooledClassifier.fit(inputs[:28]).logits(inputs[28:])

    assert (logits.argmax(1) == [clip.label for clip in inputs[28:]]).mean() > 0.6


def test_a_clip_without_sound_is_scored_by_its_face(clips: list[ClipFeatures], preprocessor: Preprocessor):
    silent = replace(clips[0], audio=clips[0].audio[:0], audio_time_s=clips[0].audio_time_s[:0])

    whole, part = preprocessor.inputs([clips[0], silent], preprocessor.gather(clips))

    audio = 2 * clips[0].audio.shape[1]
    assert not part.pooled[:audio].any()
    np.testing.assert_array_equal(part.pooled[audio:], whole.pooled[audio:])


def test_emotions_that_no_training_clip_had_are_never_named(clips: list[ClipFeatures], preprocessor: Preprocessor):
    inputs = [clip for clip in preprocessor.inputs(clips, preprocessor.gather(clips)) if clip.label in (0, 3)]

    logits = PooledClassifier.fit(inputs).logits(inputs)

    assert set(logits.argmax(1)) == {0, 3}
    assert (np.delete(logits, [0, 3], 1) == logits.min()).all()


def test_with_one_emotion_alone_it_is_always_named(clips: list[ClipFeatures], preprocessor: Preprocessor):
    inputs = [clip for clip in preprocessor.inputs(clips, preprocessor.gather(clips)) if clip.label == 2]

    assert set(PooledClassifier.fit(inputs).logits(inputs).argmax(1)) == {2}


def test_scaling_survives_being_stored(clips: list[ClipFeatures], preprocessor: Preprocessor):
    stored = replace(preprocessor, scaler=StandardScaler.of_arrays(preprocessor.scaler.arrays()))

    first, second = stored.streams(clips[1]), preprocessor.streams(clips[1])
    assert all(np.array_equal(*pair) for pair in zip(first, second, strict=True))
    assert first.audio.any()


def _as(clips: list[ClipFeatures], subject: str) -> list[ClipFeatures]:
    return [replace(clip, subject=subject) for clip in clips]
