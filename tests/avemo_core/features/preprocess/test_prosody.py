"""A clip's prosody, of sounds whose F0 contour, intensity and pauses are known."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from avemo_core.audio import yaafe
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.functionals.clip_functionals import FUNCTIONALS
from avemo_core.features.functionals.descriptors import WIDTH
from avemo_core.features.preprocess import prosody
from avemo_core.features.preprocess.audio_sets.clock import beside
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.preprocess.statistics_pooling import pooled_inputs
from avemo_core.features.preprocess.streams import Streams, streams_of, voice_of, with_voice
from avemo_core.features.preprocess.whitening import Whitened
from avemo_core.training import presets
from schemas.audio import AUDIO_WIDTH
from tests.avemo_core.planted import Plan, planted

RATE_HZ = 16000
MEAN_F0, SLOPE, MEAN_INTENSITY, VOICED_SHARE, VOICED_SEGMENTS_HZ = 0, 6, 9, 12, 14


def sung(f0_hz: np.ndarray, loudness: float = 0.2) -> np.ndarray:
    """Audio features of a voice that follows an F0 contour, a value a sample."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE_HZ
    return yaafe.extract(loudness * sum(np.sin(n * phase) / n for n in range(1, 12)))


def moments_of(audio: np.ndarray) -> np.ndarray:
    """The 18 numbers of the whole clip."""
    return prosody.moments(prosody.contours(audio))[0]


STEADY = np.full(2 * RATE_HZ, 200.0)


def test_an_f0_contour_that_rises_an_octave_has_the_slope_of_an_octave():
    rising = 150 * 2 ** np.linspace(0, 1, 2 * RATE_HZ)

    moments = moments_of(sung(rising))

    assert moments[SLOPE] == pytest.approx(np.log(2), rel=0.05)
    assert moments[MEAN_F0] == pytest.approx(np.log(150 * np.sqrt(2)), abs=0.02)


def test_a_louder_voice_has_a_higher_intensity_and_the_same_f0_contour():
    soft, loud = moments_of(sung(STEADY, 0.1)), moments_of(sung(STEADY, 0.3))

    assert loud[MEAN_INTENSITY] - soft[MEAN_INTENSITY] == pytest.approx(np.log(3), rel=1e-3)
    np.testing.assert_allclose(np.delete(loud, [MEAN_INTENSITY]), np.delete(soft, [MEAN_INTENSITY]), atol=1e-3)


def test_pauses_are_counted_and_bridged_by_a_straight_line():
    quiet = np.repeat([1, 0, 1, 0, 1, 0], 5000)
    phase = 2 * np.pi * 200 * np.arange(30_000) / RATE_HZ
    audio = yaafe.extract(quiet * 0.2 * sum(np.sin(n * phase) / n for n in range(1, 12)))

    contours = prosody.contours(audio)
    moments = prosody.moments(contours)[0]

    assert moments[VOICED_SEGMENTS_HZ] == pytest.approx(3 / (30_000 / RATE_HZ), rel=0.03)
    assert moments[VOICED_SHARE] == pytest.approx(0.5, abs=0.06)
    np.testing.assert_allclose(contours.log_f0, np.log(200), atol=0.02)


def test_an_octave_jump_is_brought_back():
    log_f0 = np.log(np.array([200.0, 200, 400, 200, 101, 200]))

    folded = prosody._without_octave_jumps(log_f0, np.ones(6, bool))

    np.testing.assert_allclose(folded, np.log(200), atol=0.02)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(RATE_HZ)], ids=["no sound", "digital silence"])
def test_where_nothing_sounds_there_is_no_prosody(samples: np.ndarray):
    contours = prosody.contours(yaafe.extract(samples))

    assert contours is None
    assert prosody.moments(contours).shape == (0, prosody.MOMENTS)


@pytest.mark.parametrize("samples", [1, 300, 700, 5000])
def test_the_shortest_sounds_give_finite_numbers(samples: int):
    audio = yaafe.extract(np.random.default_rng(0).normal(0, 0.1, samples))

    contours = prosody.contours(audio)

    assert np.isfinite(prosody.moments(contours)).all()
    assert np.isfinite(prosody.steps(contours, len(audio))).all()


def test_a_leap_of_an_octave_is_kept_where_octaves_are_not_folded():
    leaping = sung(np.repeat([200.0, 400.0], [3 * RATE_HZ // 2, RATE_HZ // 2]))

    folded, kept = (prosody.contours(leaping, 600.0, folds_octaves=folds).log_f0[-4] for folds in (True, False))

    assert folded == pytest.approx(np.log(200), abs=0.02)
    assert kept == pytest.approx(np.log(400), abs=0.02)


@cache
def spoken_clips() -> list[ClipFeatures]:
    """Planted clips whose sound is a real one, of an F0 that tells the emotion."""
    plain = planted(Plan(clips=14, seed=0))[0]
    audio = [sung(np.full(RATE_HZ, 120.0 + 20 * (number % 7))) for number in range(14)]
    return [
        replace(clip, audio=spoken, audio_time_s=np.arange(len(spoken), dtype=np.float32) * 0.032, subject=f"s{number % 2}")
        for number, (clip, spoken) in enumerate(zip(plain, audio, strict=True))
    ]


def test_the_model_reads_f0_contour_voicing_strength_and_intensity_beside_the_27_features():
    clips = spoken_clips()
    recipe = replace(presets.best().model, pooled_functionals=False)
    preprocessor, without = (Preprocessor.fit(clips, replace(recipe, prosody=prosody_)) for prosody_ in (True, False))

    inputs = preprocessor.inputs(clips, preprocessor.gather(clips))

    assert preprocessor.widths.audio == without.widths.audio + 3 * prosody.STEP_WIDTH
    assert {one.audio.shape[1] for one in inputs} == {preprocessor.widths.audio}
    assert {len(one.pooled) for one in inputs} == {
        len(one.pooled) + prosody.MOMENTS for one in without.inputs(clips, without.gather(clips))
    }


def test_a_clip_without_sound_is_scored_as_one_of_middling_prosody():
    clips = spoken_clips()
    silent = replace(clips[0], audio=clips[0].audio[:0], audio_time_s=clips[0].audio_time_s[:0])
    preprocessor = Preprocessor.fit(clips, presets.best().model)

    pooled = preprocessor.inputs([silent], preprocessor.gather(clips))[0].pooled

    assert not pooled[-prosody.MOMENTS :].any()


def test_a_clip_that_is_no_number_adds_nothing_to_its_person():
    clips = spoken_clips()
    preprocessor = Preprocessor.fit(clips, presets.best().model)
    spoilt = replace(clips[0], audio=np.full_like(clips[0].audio, np.nan))

    with_it, without = preprocessor.gather([spoilt, *clips[1:]]), preprocessor.gather(clips[1:])

    assert with_it.to_table().equals(without.to_table())


def test_beside_the_whitened_features_prosody_is_as_large_as_all_of_them():
    audio, spoken = np.ones((4, 27), np.float32), np.ones((4, 3), np.float32)

    both = beside(audio, spoken)

    np.testing.assert_array_equal(both[:, :27], audio)
    np.testing.assert_allclose(np.square(both[:, 27:]).sum(1), np.square(audio).sum(1))


def streams_without_fit(clip: ClipFeatures, *, pooled_functionals: bool) -> Streams:
    """Streams of preset `best`, of inputs that were not whitened."""
    config = replace(presets.best().model, pooled_functionals=pooled_functionals)
    return streams_of(clip, Whitened(clip.audio[:, :1], clip.shape, clip.appearance.astype(np.float32), clip.audio, clip.shape), config)


def test_the_pooled_model_reads_functionals_where_its_config_says_so_and_moments_where_it_does_not():
    clip = spoken_clips()[0]

    after, before = (streams_without_fit(clip, pooled_functionals=chosen) for chosen in (True, False))

    assert after.audio_moments.shape == (1, len(FUNCTIONALS) * WIDTH)
    assert after.prosody_moments.shape == (1, prosody.MOMENTS)
    assert before.audio_moments.shape == (1, 2 * AUDIO_WIDTH)
    assert before.prosody_moments.shape == (1, prosody.MOMENTS)


def test_a_voice_is_read_anew_where_it_was_read_by_other_settings():
    clip, (config, other) = spoken_clips()[0], (replace(presets.best().model, pitch_ceiling_hz=ceiling) for ceiling in (600.0, 450.0))
    heard = with_voice(clip, config)

    assert voice_of(heard, config) is heard.voice
    assert voice_of(heard, other).settings.pitch_ceiling_hz == 450.0
    assert with_voice(replace(clip, audio=np.full_like(clip.audio, np.nan)), config).voice is None


@pytest.mark.parametrize("steps", [0, 1, 40])
def test_a_clip_of_silence_or_without_sound_has_zeros_for_functionals(steps: int):
    clip = spoken_clips()[0]
    silent = replace(clip, audio=np.zeros((steps, AUDIO_WIDTH), np.float32), audio_time_s=np.arange(steps) * np.float32(0.032))

    pooled = pooled_inputs(streams_without_fit(silent, pooled_functionals=True))

    assert np.isfinite(pooled).all()
    assert not pooled[: len(FUNCTIONALS) * WIDTH].any()
    assert not pooled[-prosody.MOMENTS :].any()


def test_quantiles_are_numpys_to_the_last_bit():
    rng = np.random.default_rng(0)
    drawn = [rng.normal(size=length) for length in (1, 2, 3, 20, 21, 97)]

    for values in drawn:
        np.testing.assert_array_equal(prosody.quantiles(values, (0.1, 0.9, 0.95)), np.quantile(values, (0.1, 0.9, 0.95)))
