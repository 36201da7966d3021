import numpy as np
import pytest
from numpy import ndarray

from avemo_core.audio.yaafe import feature


@pytest.fixture(scope="session")
def tremolo() -> ndarray:
    """Four seconds of 1 kHz, its amplitude going between 0.1 and 0.5 six times a second."""
    t = np.arange(64_000) / 16000
    return (0.3 + 0.2 * np.sin(2 * np.pi * 6 * t)) * np.sin(2 * np.pi * 1000 * t)


def test_the_envelope_of_a_steady_tone_is_its_amplitude():
    tone = 0.4 * np.sin(2 * np.pi * 1000 * np.arange(64_000) / 16000)

    assert feature("Envelope", tone)[64, 10:150] == pytest.approx(0.4, rel=1e-3)


def test_tremolo_is_found_at_its_rate(tremolo: ndarray):
    rate_hz, above_mean, above_range, product = feature("AmplitudeModulation", tremolo)[64, :4]

    assert rate_hz == pytest.approx(6, abs=0.05)
    assert above_mean > above_range > 0
    assert product == pytest.approx(rate_hz * above_mean)


def test_slow_features_are_held_for_32_steps(tremolo: ndarray):
    envelope = feature("Envelope", tremolo)

    assert np.array_equal(envelope[32:64], np.repeat(envelope[32:33], 32, axis=0))
    assert not np.array_equal(envelope[31], envelope[32])
