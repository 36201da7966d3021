"""Functionals of a clip's voice: against plain numpy, and what level and silence may not change."""

import numpy as np
import pytest
from scipy import stats

from avemo_core.audio import yaafe
from avemo_core.features.functionals.clip_functionals import FUNCTIONALS, functionals
from avemo_core.features.functionals.descriptors import WIDTH
from avemo_core.features.preprocess import prosody

RATE_HZ = 16000
AUDIBLE = np.array([0, 0, 1, 1, 1, 0, 0, 1, 1, 0], bool)
VOICED = np.array([0, 0, 0, 1, 1, 0, 0, 1, 0, 0], bool)
"""Of these steps some are silent before, in and after a voice."""


def voice(amplitude: float = 0.2, seconds: float = 1.5) -> np.ndarray:
    """A voice with a pause, whose F0 and timbre move, before a faint noise."""
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * np.cumsum(180 + 40 * np.sin(4 * time_s)) / RATE_HZ
    open_mouth = 1.5 + np.sin(9 * time_s)
    sung = sum(np.sin(n * phase) / n**open_mouth for n in range(1, 15))
    pause = np.abs(time_s - 0.8) > 0.15
    return amplitude * (sung * pause + 1e-4 * np.random.default_rng(0).normal(size=len(time_s)))


def of_sound(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Functionals and moments of a clip's voice."""
    audio = yaafe.extract(samples)
    found = prosody.contours(audio)
    return prosody.clip_functionals(audio, found), prosody.spoken_moments(found)


def test_percentiles_moments_and_ranges_are_those_of_the_audible_and_the_voiced_steps():
    values = np.random.default_rng(0).normal(size=(10, 3))

    found = dict(zip(FUNCTIONALS, functionals(values, AUDIBLE, VOICED), strict=True))

    heard, spoken = values[AUDIBLE], values[VOICED]
    np.testing.assert_allclose(found["mean"], heard.mean(0))
    np.testing.assert_allclose(found["skewness"], stats.skew(heard))
    np.testing.assert_allclose(found["kurtosis"], stats.kurtosis(heard, fisher=False))
    np.testing.assert_allclose(found["percentile_25"], np.percentile(heard, 25, axis=0))
    np.testing.assert_allclose(found["interquartile_range"], stats.iqr(heard, axis=0))
    np.testing.assert_allclose(found["range"], np.subtract(*np.percentile(heard, (95, 5), axis=0)))
    np.testing.assert_allclose(found["voiced_deviation"], spoken.std(0))
    np.testing.assert_allclose(found["voiced_percentile_95"], np.percentile(spoken, 95, axis=0))


def test_changes_are_between_audible_steps_that_follow_each_other_and_never_across_a_pause():
    values = np.array([9, 9, 1, 2, 4, 9, 9, 50, 53, 9.0])[:, None]

    found = dict(zip(FUNCTIONALS, functionals(values, AUDIBLE, VOICED)[:, 0], strict=True))

    assert found["change_mean_size"] == pytest.approx(np.mean([1, 2, 3]))
    assert found["change_deviation"] == pytest.approx(np.std([1, 2, 3]))
    assert found["change_percentile_90"] == pytest.approx(np.percentile([1, 2, 3], 90))


def test_the_rise_of_a_straight_line_is_from_its_first_audible_step_to_its_last():
    line = 3.0 + 0.5 * np.arange(10)[:, None]

    found = dict(zip(FUNCTIONALS, functionals(line, AUDIBLE, VOICED)[:, 0], strict=True))

    assert found["rise"] == pytest.approx(0.5 * (8 - 2))


def test_one_step_has_finite_functionals_without_spread_or_change():
    one = np.ones(1, bool)

    found = dict(zip(FUNCTIONALS, functionals(np.full((1, 2), 7.0), one, one), strict=True))

    assert (found["mean"] == 7).all()
    assert (found["voiced_percentile_5"] == 7).all()
    assert not any(found[name].any() for name in ("deviation", "skewness", "kurtosis", "rise", "range", "change_mean_size"))


def test_a_clip_ten_times_as_loud_has_the_same_functionals_and_differs_in_its_mean_intensity_alone():
    (quiet, quiet_moments), (loud, loud_moments) = of_sound(voice(0.05)), of_sound(voice(0.5))
    difference = loud_moments[0] - quiet_moments[0]

    np.testing.assert_allclose(loud, quiet, rtol=1e-2, atol=2e-3)
    assert difference[prosody.INTENSITY_MEAN] == pytest.approx(np.log(10), rel=1e-2)
    np.testing.assert_allclose(np.delete(difference, prosody.INTENSITY_MEAN), 0, atol=1e-2)


def test_silence_before_and_after_a_voice_does_not_move_its_functionals():
    step = 512
    faint = 1e-6 * np.random.default_rng(1).normal(size=60 * step)
    samples = np.concatenate([faint[:step], voice(), faint[:step]])
    framed = np.concatenate([faint[: 15 * step], voice(), faint[: 15 * step]])

    (tight, tight_moments), (wide, wide_moments) = of_sound(samples), of_sound(framed)

    np.testing.assert_allclose(wide, tight, rtol=0.05, atol=0.05)
    np.testing.assert_allclose(wide_moments, tight_moments, rtol=0.05, atol=0.05)


@pytest.mark.parametrize("seconds", [0.01, 0.05, 1.5])
def test_noise_without_a_voiced_step_has_finite_functionals(seconds: float):
    noise = 0.1 * np.random.default_rng(0).normal(size=int(seconds * RATE_HZ))

    values, moments = of_sound(noise)

    assert values.shape == (1, len(FUNCTIONALS) * WIDTH)
    assert np.isfinite(values).all()
    assert np.isfinite(moments).all()


def test_a_clip_of_digital_silence_has_no_functionals():
    values, moments = of_sound(np.zeros(RATE_HZ))

    assert values.shape == (0, len(FUNCTIONALS) * WIDTH)
    assert moments.shape == (0, prosody.MOMENTS)
