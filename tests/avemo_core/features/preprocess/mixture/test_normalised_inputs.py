"""Normalisation by subject from clips to inputs and predictions: auto, on, off, and clips of nobody."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avemo_core.bundle.bundle import Bundle
from avemo_core.bundle.config import ModelConfig
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.mixture.decided import Decided
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.model.network import build
from avemo_core.training import presets
from tests.avemo_core.planted import Plan, planted

CONFIG = ModelConfig(
    audio_components=5, shape_components=4, subject_normalised=True, by_mixture=True, relevance_factor=1.0, fusion_weight=0.5
)
PEOPLE = 4


@pytest.fixture(scope="module")
def clips() -> list[ClipFeatures]:
    plain, _ = planted(Plan(clips=84, seed=0, strength=4.0))
    draw = np.random.default_rng(0)
    voices = draw.normal(size=(PEOPLE, plain[0].audio.shape[1]))
    return [
        replace(clip, subject=f"s{number // 7 % PEOPLE}", audio=(clip.audio + voices[number // 7 % PEOPLE]).astype(np.float32))
        for number, clip in enumerate(plain)
    ]


@pytest.fixture(scope="module")
def preprocessor(clips: list[ClipFeatures]) -> Preprocessor:
    return Preprocessor.fit(clips, CONFIG)


def of_one_emotion(clips: list[ClipFeatures]) -> list[ClipFeatures]:
    return [clip for clip in clips if clip.subject == "s0" and clip.label == clips[0].label]


@pytest.mark.parametrize("subject", [None, "stranger"])
def test_a_clip_of_nobody_known_is_left_and_named_as_it_is(clips: list[ClipFeatures], preprocessor: Preprocessor, subject: str | None):
    clip = replace(clips[0], subject=subject)

    found = preprocessor.inputs([clip], preprocessor.gather(clips))[0]
    as_it_is = preprocessor.normalising("off").inputs([clip], SubjectStatistics())[0]

    np.testing.assert_array_equal(found.pooled, as_it_is.pooled)
    np.testing.assert_array_equal(found.audio, as_it_is.audio)
    assert found.alone_weight == 1


def test_on_is_what_a_model_that_never_asked_makes_of_the_clips(clips: list[ClipFeatures], preprocessor: Preprocessor):
    before = Preprocessor.fit(clips, replace(CONFIG, by_mixture=False))

    forced = preprocessor.normalising("on")
    pairs = zip(forced.inputs(clips, forced.gather(clips)), before.inputs(clips, before.gather(clips)), strict=True)

    assert before.mixture is None
    for found, expected in pairs:
        np.testing.assert_array_equal(found.pooled, expected.pooled)
        np.testing.assert_array_equal(found.audio, expected.audio)
        assert found.alone_weight == 0


def test_training_people_who_show_all_emotions_are_normalised_nearly_as_on_does(clips: list[ClipFeatures], preprocessor: Preprocessor):
    forced = preprocessor.normalising("on")

    found, before = preprocessor.training_inputs(clips)[0], forced.inputs(clips, forced.gather(clips))[0]

    np.testing.assert_allclose(found.pooled, before.pooled, atol=0.05)
    assert found.alone_weight == 0


def test_the_more_one_emotion_is_probable_the_more_the_model_without_normalisation_names(
    clips: list[ClipFeatures], preprocessor: Preprocessor
):
    pooled, some = PooledClassifier.fit(preprocessor.training_inputs(clips)), of_one_emotion(clips)

    inputs = preprocessor.inputs(some, preprocessor.gather(some))
    joined, plain = pooled.logits(inputs), pooled.logits([replace(one, alone=None) for one in inputs])

    weight = inputs[0].alone_weight
    assert 0 < weight <= 1
    np.testing.assert_allclose(joined, (1 - weight) * plain + weight * np.stack([one.alone for one in inputs]), rtol=1e-4, atol=1e-4)


def test_a_window_as_wide_as_the_clip_is_named_as_the_clip_is_also_where_one_emotion_alone_is_probable(
    clips: list[ClipFeatures], preprocessor: Preprocessor
):
    pooled, some = PooledClassifier.fit(preprocessor.training_inputs(clips)), of_one_emotion(clips)
    reading = replace(preprocessor, config=replace(CONFIG, evidence_s=100.0))

    inputs = reading.inputs(some, reading.gather(some), with_windows=True)

    assert 0 < inputs[0].alone_weight < 1
    for one, expected in zip(inputs, pooled.logits(inputs), strict=True):
        for window in pooled.over_windows(one):
            np.testing.assert_allclose(window, expected, rtol=1e-3, atol=1e-3)


def test_emotions_without_a_training_clip_are_not_named_by_the_clip_as_it_is(clips: list[ClipFeatures]):
    some = [clip for clip in clips if clip.label in {"angry", "sad", "happy"}]
    preprocessor = Preprocessor.fit(some, CONFIG)

    logits = preprocessor.inputs([replace(some[0], subject=None)], SubjectStatistics())[0].alone

    assert sorted(np.argsort(logits)[-3:].tolist()) == preprocessor.mixture.emotions.tolist()
    assert (np.sort(logits)[:-3] < -20).all()


def test_a_person_without_sound_is_normalised_by_the_face(clips: list[ClipFeatures], preprocessor: Preprocessor):
    silent = [replace(clip, audio=clip.audio[:0], audio_time_s=clip.audio_time_s[:0]) for clip in clips if clip.subject == "s1"]

    inputs = preprocessor.inputs(silent, preprocessor.gather(silent))

    assert all(np.isfinite(one.pooled).all() and np.isfinite(one.shape).all() and not len(one.audio) for one in inputs)


def test_a_broken_clip_says_nothing_about_its_person(clips: list[ClipFeatures], preprocessor: Preprocessor):
    broken = replace(clips[0], audio=np.full_like(clips[0].audio, np.nan))

    assert preprocessor.gather([broken, *clips[1:]]).subjects["s0"].clips == preprocessor.gather(clips).subjects["s0"].clips - 1


def test_all_that_was_fitted_goes_through_a_bundles_arrays(clips: list[ClipFeatures], preprocessor: Preprocessor):
    again = Preprocessor.of_arrays(CONFIG, preprocessor.arrays())

    found, expected = (one.inputs(clips[:9], one.gather(clips)) for one in (again, preprocessor))

    np.testing.assert_array_equal([one.pooled for one in found], [one.pooled for one in expected])


def test_a_model_that_was_stored_normalises_people_as_the_one_in_memory(
    clips: list[ClipFeatures], preprocessor: Preprocessor, tmp_path: Path
):
    members = (dict(build(CONFIG, preprocessor.widths).state_dict()),)
    Bundle(config=CONFIG, preprocessor=preprocessor, members=members, feature_set="planted").save(str(tmp_path))

    stored = Bundle.load(str(tmp_path)).preprocessor

    found, expected = (one.inputs(clips[:9], one.gather(clips)) for one in (stored, preprocessor))
    np.testing.assert_array_equal([one.pooled for one in found], [one.pooled for one in expected])
    assert {name: array.shape for name, array in stored.arrays().items()} == {
        name: np.shape(array) for name, array in preprocessor.arrays().items()
    }


def test_clips_of_one_emotion_alone_leave_nothing_to_read(clips: list[ClipFeatures]):
    assert Preprocessor.fit(of_one_emotion(clips), CONFIG).mixture is None


def test_a_normalisation_that_a_model_was_not_trained_for_is_refused(clips: list[ClipFeatures]):
    on, off = (Preprocessor.fit(clips[:9], CONFIG.normalising(how)) for how in ("on", "off"))

    with pytest.raises(ConfigError, match="auto: the model was trained without it"):
        on.normalising("auto")
    with pytest.raises(ConfigError, match="on: the model was trained without any"):
        off.normalising("on")
    with pytest.raises(ConfigError, match="preset paper has none"):
        presets.paper().normalising("auto")


def test_bundles_of_before_say_nothing_of_mixtures_and_mean_on():
    stored = replace(CONFIG, by_mixture=False).to_json()

    assert "by_mixture" not in stored
    assert ModelConfig.from_json(stored).subject_normalisation == "on"
    assert presets.best().model.subject_normalisation == "auto"


def test_what_was_decided_is_said_in_words_and_numbers(clips: list[ClipFeatures], preprocessor: Preprocessor):
    some = [*of_one_emotion(clips), *(clip for clip in clips if clip.subject == "s1")]

    decided = Decided.of("auto", preprocessor.gather(some), preprocessor.mixture, 5)

    assert decided.facts()["people"] == sum(decided.by_number.values()) == 2
    assert decided.by_number[1] >= 1
    assert "of 2 people" in decided.lines()[0]
    assert decided.lines()[-1] == "5 clips of nobody known are left as they are"


def test_most_people_of_one_emotion_are_a_warning():
    decided = Decided(how="auto", people=3, clips_of_nobody=0, by_number={1: 2, 6: 1}, emotions=6)

    assert decided.lines()[0].startswith("normalisation by subject: of 3 people 1 are read to show all 6 emotions, 0 some, 2 one alone")
    assert "say so with --subject-normalisation on" in decided.lines()[1]
    assert len(replace(decided, by_number={1: 1, 6: 2}).lines()) == 1


def test_on_says_that_people_of_few_emotions_are_misread():
    before = Decided(how="on", people=3, clips_of_nobody=0, by_number={}, can_read=False)

    assert before.lines()[0].endswith("train again for a model that reads what they show")
    assert replace(before, can_read=True).lines()[0].endswith("--subject-normalisation auto reads what they show")


def test_a_model_of_one_emotion_says_that_it_normalises_as_on_does(clips: list[ClipFeatures]):
    fitted = Preprocessor.fit([clip for clip in clips if clip.label == clips[0].label], CONFIG)

    decided = Decided.of("auto", fitted.gather(clips), fitted.mixture, 0)

    assert decided.how == "on"
    assert decided.lines()[0].startswith(f"normalisation by subject on: {PEOPLE} people, each as if it showed all emotions")


def test_a_model_trained_on_clips_of_nobody_says_that_it_cannot_read_what_people_show(clips: list[ClipFeatures]):
    fitted = Preprocessor.fit([replace(clip, subject=None) for clip in clips], CONFIG)

    decided = Decided.of("auto", fitted.gather(clips), fitted.mixture, 0)
    found, as_it_is = (each.inputs(clips[:1], fitted.gather(clips))[0] for each in (fitted, fitted.normalising("off")))

    assert decided.lines()[0].startswith(f"normalisation by subject: of {PEOPLE} people none are normalised: the model was not trained on")
    assert decided.facts()["people_by_number_of_emotions"] == {}
    np.testing.assert_array_equal(found.pooled, as_it_is.pooled)
