import numpy as np
import pytest
from numpy import ndarray

from avemo_core.audio.yaafe import feature


@pytest.fixture(scope="session")
def tone() -> ndarray:
    """Half a second of 1 kHz: bin 64, with a whole number of periods a hop."""
    return 0.5 * np.sin(2 * np.pi * 1000 * np.arange(8192) / 16000)


def test_a_tone_peaks_at_its_bin_with_a_quarter_of_the_block_times_its_amplitude(tone: ndarray):
    spectrum = feature("MagnitudeSpectrum", tone)[8]

    assert spectrum.argmax() == 64
    assert spectrum[64] == pytest.approx(0.5 * 1024 / 4)


def test_the_rolloff_of_a_tone_is_a_bin_above_it(tone: ndarray):
    assert feature("SpectralRolloff", tone)[8, 0] == 65 * 15.625


def test_a_click_has_a_flat_spectrum_and_a_tone_has_not(tone: ndarray):
    click = np.eye(1, 1024, 100)[0]

    assert feature("SpectralFlatness", click)[0, 0] == pytest.approx(1)
    assert feature("SpectralFlatness", tone)[8, 0] < 1e-6


def test_a_steady_tone_neither_changes_nor_surprises(tone: ndarray):
    surprise = feature("ComplexDomainOnsetDetection", tone)[:, 0]

    assert feature("SpectralVariation", tone)[4:12] == pytest.approx(0, abs=1e-12)
    assert feature("SpectralFlux", tone)[4:12] == pytest.approx(0, abs=1e-12)
    assert (surprise[4:12] < 1e-9 * surprise[0]).all()


def test_a_tone_after_silence_surprises_by_its_whole_spectrum(tone: ndarray):
    sound = np.concatenate([np.zeros(2048), tone])

    surprise = feature("ComplexDomainOnsetDetection", sound)[:, 0]

    assert surprise[4] == pytest.approx(feature("MagnitudeSpectrum", sound)[4].sum())


def test_zero_crossings_leave_exact_zeros_out():
    sound = np.tile([0.5, 0.0, 0.0, -0.5], 256)

    assert feature("ZCR", sound)[1, 0] == 511 / 1024
