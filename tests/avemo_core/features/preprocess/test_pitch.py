"""The F0 that is read off the magnitude spectrum, of tones whose F0 is known."""

import numpy as np
import pytest

from avemo_core.audio import yaafe
from avemo_core.features.preprocess.pitch import Pitch, pitch
from avemo_core.features.preprocess.prosody import VOICED

RATE_HZ = 16000
TIME_S = np.arange(RATE_HZ) / RATE_HZ


def found(samples: np.ndarray) -> Pitch:
    """F0 and voicing strength of the steps that lie whole inside the sound."""
    spectrum = yaafe.feature("MagnitudeSpectrum", samples, np.float32)
    return Pitch(*(values[2:-2] for values in pitch(spectrum)))


def voice(f0_hz: float, harmonics: range = range(1, 20)) -> np.ndarray:
    """Harmonics that fall off as they rise, as a voice's do."""
    return sum(np.sin(2 * np.pi * f0_hz * n * TIME_S) / n for n in harmonics if f0_hz * n < 7000) / 4


@pytest.mark.parametrize("f0_hz", [70, 97.3, 150, 221.7, 330, 440])
def test_a_voice_has_the_pitch_it_was_made_with(f0_hz: float):
    f0, strength = found(voice(f0_hz))

    np.testing.assert_allclose(f0, f0_hz, rtol=0.01)
    assert (strength > 0.95).all()


def test_a_raised_voice_above_the_ceiling_is_found_an_octave_low_and_below_it_where_it_is():
    spectrum = yaafe.feature("MagnitudeSpectrum", voice(560, range(1, 7)), np.float32)[2:-2]

    np.testing.assert_allclose(pitch(spectrum, 450.0).f0_hz, 280, rtol=0.01)
    np.testing.assert_allclose(pitch(spectrum, 600.0).f0_hz, 560, rtol=0.01)


def test_a_voice_through_a_telephone_keeps_its_pitch():
    f0, _ = found(voice(120, range(3, 28)))

    np.testing.assert_allclose(f0, 120, rtol=0.01)


def test_noise_has_no_pitch():
    _, strength = found(np.random.default_rng(0).normal(0, 0.1, RATE_HZ))

    assert np.quantile(strength, 0.95) < VOICED


def test_silence_has_no_pitch_and_no_nan():
    f0, strength = found(np.zeros(RATE_HZ))

    assert np.isfinite(f0).all()
    assert (strength < VOICED).all()


def test_noise_beside_a_voice_lowers_its_strength_by_its_share_of_the_power():
    noise = np.random.default_rng(0).normal(size=RATE_HZ)
    clean = voice(200)
    noise *= np.sqrt(np.mean(clean**2) / np.mean(noise**2) / 4)

    _, strength = found(clean + noise)

    assert np.median(strength) == pytest.approx(0.8, abs=0.06)
