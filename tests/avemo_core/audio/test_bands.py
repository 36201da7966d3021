import numpy as np

from avemo_core.audio.bands import quarter_octaves
from avemo_core.audio.cepstrum import mel_edges_hz
from avemo_core.audio.loudness import band_starts
from avemo_core.audio.yaafe import feature
from tests.avemo_core.audio.reference_bands import BANDS


def test_quarter_octaves_lie_in_the_bins_of_the_specification():
    assert [(band.start, band.stop - 1, band.group) for band in quarter_octaves()] == BANDS


def test_bark_bands_start_at_the_bins_of_the_specification():
    expected = [0, 6, 12, 18, 24, 30, 37, 44, 51, 59, 68, 78, 89, 101, 116, 132, 152, 176, 204, 238, 278, 325, 378, 439]

    assert band_starts() == expected


def test_mel_triangles_stand_on_the_frequencies_of_the_specification():
    g = mel_edges_hz()

    assert np.allclose(g[[0, 1, 2, 3, -3, -2, -1]], [130, 175.9327, 224.4074, 275.5647, 6082.5291, 6457.8785, 6854])


def test_loudness_sums_to_one_at_every_step():
    noise = np.random.default_rng(0).standard_normal(5000)

    assert np.allclose(feature("Loudness", noise).sum(axis=1), 1)


def test_a_tone_fills_its_own_band_and_octave():
    tone = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(8192) / 16000)

    assert feature("Loudness", tone)[8].argmax() == 9
    assert feature("OBSI", tone)[8].argmax() == 5
