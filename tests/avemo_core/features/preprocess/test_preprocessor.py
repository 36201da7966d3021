"""From features to inputs: whitening, normalisation by subject, functionals, coarse alignment."""

from dataclasses import replace

import numpy as np
import pytest

from avemo_core.errors import TableError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.features.preprocess.preprocessor import Preprocessor, nearest, proportional
from avemo_core.features.preprocess.streams import Streams
from avemo_core.features.preprocess.subjects import SubjectStatistics, shifted
from avemo_core.features.preprocess.whitening import Whitening
from avemo_core.training import presets
from tests.avemo_core.planted import Plan, planted

CONFIG = PreprocessConfig(audio_components=5, shape_components=4)
NORMALISED = replace(CONFIG, subject_normalised=True)


@pytest.fixture(scope="module")
def clips() -> list[ClipFeatures]:
    plain, _ = planted(Plan(clips=12, seed=0))
    return [replace(clip, subject=f"s{number % 3}") for number, clip in enumerate(plain)]


def test_whitened_training_clips_have_mean_zero_and_covariance_one(clips: list[ClipFeatures]):
    whitening = Whitening.fit(clips, CONFIG)

    audio = np.concatenate([whitening(clip).audio for clip in clips])
    shape = np.concatenate([whitening(clip).shape for clip in clips])

    np.testing.assert_allclose(audio.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(np.cov(audio.T, bias=True), np.eye(5), atol=1e-3)
    np.testing.assert_allclose(np.cov(shape.T, bias=True), np.eye(4), atol=1e-3)


def test_whitening_agrees_with_a_plain_eigendecomposition(clips: list[ClipFeatures]):
    shape = np.concatenate([clip.shape for clip in clips]).astype(float)
    values, vectors = np.linalg.eigh(np.cov(shape.T, bias=True))
    expected = (clips[0].shape - shape.mean(0)) @ vectors[:, ::-1][:, :4] / np.sqrt(values[::-1][:4])

    whitened = Whitening.fit(clips, CONFIG)(clips[0]).shape

    np.testing.assert_allclose(np.abs(whitened), np.abs(expected), rtol=1e-3, atol=1e-3)


def test_a_wild_audio_value_is_cut_off_and_moves_nothing_else(clips: list[ClipFeatures]):
    whitening = Whitening.fit(clips, CONFIG)
    wild, wilder = clips[0].audio.copy(), clips[0].audio.copy()
    wild[3, 2], wilder[3, 2] = 1e6, 1e15

    calm = whitening(clips[0]).audio
    first, second = (whitening(replace(clips[0], audio=audio)).audio for audio in (wild, wilder))

    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(np.delete(first, 3, 0), np.delete(calm, 3, 0))


def test_a_column_that_never_changes_gives_zeros_and_no_division_by_zero(clips: list[ClipFeatures]):
    still = [replace(clip, audio=np.ones_like(clip.audio), appearance=np.zeros_like(clip.appearance)) for clip in clips]

    whitened = Whitening.fit(still, CONFIG)(still[0])

    assert not whitened.audio.any()
    assert not whitened.appearance.any()


def test_steps_without_a_face_are_zeros_and_do_not_count(clips: list[ClipFeatures]):
    lost = clips[0].has_face.copy()
    lost[5:9] = False
    garbage = clips[0].shape.copy()
    garbage[5:9] = 1e3
    broken = [replace(clips[0], has_face=lost, shape=garbage), *clips[1:]]
    clean = [replace(clips[0], has_face=lost), *clips[1:]]

    fitted, expected = Whitening.fit(broken, CONFIG), Whitening.fit(clean, CONFIG)

    np.testing.assert_array_equal(fitted.shape_mean, expected.shape_mean)
    assert not fitted(broken[0]).shape[5:9].any()
    assert not fitted(broken[0]).appearance[5:9].any()


def test_training_clips_without_any_sound_are_whitened_by_their_faces_alone():
    silent, _ = planted(Plan(clips=7, seed=0, sound=False))

    whitened = Whitening.fit(silent, CONFIG)(silent[0])

    assert whitened.audio.shape == (0, 5)
    assert np.isfinite(whitened.shape).all()


def test_whitening_by_subject_keeps_only_what_varies_within_a_subject(clips: list[ClipFeatures]):
    shifted = [replace(clip, shape=clip.shape + 50 * int((clip.subject or "s0")[1:])) for clip in clips]

    within = Preprocessor.fit(shifted, NORMALISED)
    expected = Preprocessor.fit(clips, NORMALISED)
    inputs = within.inputs(shifted, within.gather(shifted))
    plain = expected.inputs(clips, expected.gather(clips))

    np.testing.assert_allclose(inputs[4].shape, plain[4].shape, atol=0.02)


def test_normalised_streams_of_a_subject_have_mean_zero_and_deviation_one(clips: list[ClipFeatures]):
    preprocessor = Preprocessor.fit(clips, NORMALISED)

    inputs = preprocessor.inputs(clips, preprocessor.gather(clips))
    own = np.concatenate([one.audio for one, clip in zip(inputs, clips, strict=True) if clip.subject == "s1"])

    np.testing.assert_allclose(own.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(own.std(0), 1, atol=1e-4)


def test_steps_without_a_face_stay_zeros_when_their_subject_is_taken_away(clips: list[ClipFeatures]):
    shifted = [replace(clip, shape=clip.shape + (3.0 if clip.subject == "s0" else 0.0)) for clip in clips]
    hidden = np.arange(len(shifted[0].has_face)) < 4
    shifted[0] = replace(shifted[0], has_face=~hidden)
    preprocessor = Preprocessor.fit(shifted, replace(NORMALISED, functionals_s=0.2))

    inputs = preprocessor.inputs(shifted[:1], preprocessor.gather(shifted))[0]

    assert not inputs.shape[hidden].any()
    assert not inputs.appearance[hidden].any()
    assert inputs.shape[~hidden].any(1).all()


def test_few_clips_are_drawn_towards_the_training_statistics():
    streams = Streams(*(np.full((4, width), 3.0, np.float32) for width in (5, 4, 24, 0, 0, 0, 0, 0)))
    one = SubjectStatistics.gather([("s", streams)])
    many = SubjectStatistics.gather([("s", streams)] * 9)

    by_one, by_many = (shifted(streams, known.subjects["s"].shifts(1.0)).audio[0, 0] for known in (one, many))

    assert by_one == pytest.approx((3 - 1.5) / np.sqrt(0.5))
    assert by_many == pytest.approx((3 - 2.7) / np.sqrt(0.1), rel=1e-4)


@pytest.mark.parametrize("subject", [None, "stranger"])
def test_a_clip_of_nobody_known_is_normalised_by_itself(clips: list[ClipFeatures], subject: str | None):
    preprocessor = Preprocessor.fit(clips, NORMALISED)
    clip = replace(clips[0], subject=subject)

    inputs = preprocessor.inputs([clip], preprocessor.gather(clips))[0]

    np.testing.assert_allclose(inputs.audio.mean(0), 0, atol=1e-4)


def test_null_is_not_a_subject(clips: list[ClipFeatures]):
    preprocessor = Preprocessor.fit(clips, NORMALISED)

    assert not preprocessor.gather([replace(clip, subject=None) for clip in clips]).subjects


def test_statistics_of_two_halves_merge_into_those_of_the_whole_and_survive_a_table(clips: list[ClipFeatures]):
    preprocessor = Preprocessor.fit(clips, NORMALISED)

    halves = preprocessor.gather(clips[:5]).merge(preprocessor.gather(clips[5:]))
    stored = SubjectStatistics.from_table(halves.to_table())
    whole = preprocessor.gather(clips)

    first, second = (preprocessor.inputs(clips, statistics)[2].appearance for statistics in (stored, whole))
    np.testing.assert_allclose(first, second, atol=1e-5)
    assert stored.subjects["s0"].clips == 4


def test_other_columns_are_no_subject_statistics():
    with pytest.raises(TableError, match="subject statistics"):
        SubjectStatistics.from_table(SubjectStatistics().to_table().drop_columns("clips"))


def test_the_coarse_alignment_of_the_paper_is_its_formula():
    found = proportional(np.zeros(5), np.zeros(12))

    np.testing.assert_array_equal(found, [int((t + 0.5) * 12 / 5) for t in range(5)])


def test_the_nearest_audio_step_is_found_at_any_frame_rate():
    frame_time_s, audio_time_s = np.sort(np.random.default_rng(0).uniform(-0.1, 2, 40)), np.arange(50) * 0.032

    found = nearest(frame_time_s, audio_time_s)

    np.testing.assert_array_equal(found, np.abs(frame_time_s[:, None] - audio_time_s).argmin(1))


def test_a_coarse_alignment_that_nobody_knows_is_refused_rather_than_becoming_the_nearest(clips: list[ClipFeatures]):
    preprocessor = Preprocessor.fit(clips, replace(CONFIG))
    object.__setattr__(preprocessor.config, "coarse", "middle")

    with pytest.raises(AssertionError, match="middle"):
        preprocessor.inputs(clips[:1], SubjectStatistics())


def test_without_sound_the_coarse_alignment_is_zero():
    assert nearest(np.arange(3.0), np.zeros(0)).tolist() == [0, 0, 0]
    assert proportional(np.arange(3.0), np.zeros(0)).tolist() == [0, 0, 0]


def test_averaged_audio_steps_are_means_with_their_mean_time(clips: list[ClipFeatures]):
    plain, averaged = (Preprocessor.fit(clips, replace(CONFIG, audio_average_steps=steps)) for steps in (1, 3))

    whole, runs = (preprocessor.inputs(clips[:1], SubjectStatistics())[0] for preprocessor in (plain, averaged))

    np.testing.assert_allclose(runs.audio[1], whole.audio[3:6].mean(0), atol=1e-5)
    np.testing.assert_allclose(runs.audio_time_s[1], 4 * 0.032, rtol=1e-5)
    np.testing.assert_allclose(runs.audio[-1], whole.audio[3 * (len(runs.audio) - 1) :].mean(0), atol=1e-5)


@pytest.mark.parametrize("recipe", [presets.paper(), presets.best()])
def test_the_inputs_are_as_wide_as_announced(clips: list[ClipFeatures], recipe: presets.Recipe):
    preprocessor = Preprocessor.fit(clips, recipe.model)

    inputs = preprocessor.inputs(clips, preprocessor.gather(clips))[0]

    assert (inputs.audio.shape[1], inputs.shape.shape[1], inputs.appearance.shape[1]) == tuple(preprocessor.widths)


def test_compressed_audio_is_the_logarithm_of_its_size_with_its_sign(clips: list[ClipFeatures]):
    whitening = Whitening.fit(clips, replace(CONFIG, audio_compressed=True))
    audio = np.concatenate([clip.audio for clip in clips])
    reference = np.median(np.abs(audio), 0)

    logs = np.sign(audio) * np.log(1 + np.abs(audio) / reference)
    expected = (logs - np.median(logs, 0)) / (np.quantile(logs, 0.75, axis=0) - np.quantile(logs, 0.25, axis=0))

    np.testing.assert_allclose(whitening(clips[0]).scaled_audio, expected[: len(clips[0].audio)], rtol=0.02, atol=0.02)
