import tracemalloc

import numpy as np
import pytest
from numpy import ndarray

from avemo_core.audio.step_ranges import SlowBlocks, Spectra, Waveform
from avemo_core.audio.yaafe import COLUMNS, extract, feature
from avemo_core.errors import ConfigError

SLOW = {"AmplitudeModulation", "Envelope", "EnvelopeShapeStatistics"}
"""Features whose steps lie at multiples of 32."""

PAIRED = {"SpectralFlux", "SpectralVariation"}
"""Features that are 0 by definition at a sound's first step."""

EPS = np.finfo(np.float64).eps


def test_27_features_lie_side_by_side_in_901_columns():
    starts = [column.start for column in COLUMNS.values()]
    stops = [column.stop for column in COLUMNS.values()]

    assert len(COLUMNS) == 27
    assert starts == [0, *stops[:-1]]
    assert stops[-1] == 901


@pytest.mark.parametrize(("name", "number", "width"), [("AmplitudeModulation", 1, 8), ("Loudness", 9, 24), ("OBSI", 13, 9), ("ZCR", 27, 1)])
def test_columns_follow_the_numbering_of_the_specification(name: str, number: int, width: int):
    assert list(COLUMNS)[number - 1] == name
    assert COLUMNS[name].stop - COLUMNS[name].start == width


@pytest.mark.parametrize(("n", "t_a"), [(0, 0), (1, 1), (300, 1), (512, 1), (513, 2), (16000, 32), (24000, 47)])
def test_a_sound_of_n_samples_has_a_step_for_every_512_begun(n: int, t_a: int):
    assert extract(np.zeros(n, np.float32)).shape == (t_a, 901)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_feature_by_itself_is_its_columns_of_the_table(noise: ndarray, name: str):
    assert np.array_equal(feature(name, noise), extract(noise, np.float64)[:, COLUMNS[name]])


@pytest.mark.parametrize("steps", [64, 192, 1024])
def test_how_many_steps_are_computed_at_a_time_changes_no_bit(monkeypatch: pytest.MonkeyPatch, steps: int):
    sound = 0.1 * np.random.default_rng(1).standard_normal(520 * 512 + 77)
    sound[1000:50_000] = 0
    expected = extract(sound, np.float64)

    monkeypatch.setattr(Waveform, "STEPS", steps)
    monkeypatch.setattr(Spectra, "STEPS", steps)
    monkeypatch.setattr(SlowBlocks, "STEPS", steps)

    assert np.array_equal(extract(sound, np.float64), expected)


@pytest.mark.parametrize("name", sorted(COLUMNS.keys() - SLOW))
def test_a_hop_of_silence_ahead_moves_every_step_by_one(noise: ndarray, name: str):
    expected = feature(name, noise)[name in PAIRED :]

    moved = feature(name, np.concatenate([np.zeros(512), noise]))[1 + (name in PAIRED) :]

    assert np.allclose(moved, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", sorted(SLOW))
def test_a_second_of_silence_ahead_moves_slow_features_by_32_steps(noise: ndarray, name: str):
    moved = feature(name, np.concatenate([np.zeros(16384), noise]))

    assert np.allclose(moved[32:], feature(name, noise), rtol=1e-12)


@pytest.mark.parametrize(
    ("degree", "name"),
    [
        *((1, name) for name in ("ComplexDomainOnsetDetection", "Energy", "Envelope", "MagnitudeSpectrum", "MelSpectrum")),
        (2, "AutoCorrelation"),
        *((0, name) for name in ("EnvelopeShapeStatistics", "LPC", "LSF", "Loudness", "MFCC", "OBSIR", "PerceptualSharpness")),
        *((0, name) for name in ("PerceptualSpread", "SpectralCrestFactorPerBand", "SpectralDecrease", "SpectralFlatness")),
        *((0, name) for name in ("SpectralFlux", "SpectralRolloff", "SpectralShapeStatistics", "SpectralSlope", "SpectralVariation")),
        *((0, name) for name in ("TemporalShapeStatistics", "ZCR")),
    ],
)
def test_a_louder_sound_scales_a_feature_by_its_degree(noise: ndarray, degree: int, name: str):
    expected = 3.0**degree * feature(name, noise)

    assert np.allclose(feature(name, 3 * noise), expected, rtol=1e-9, atol=1e-12)


def test_a_louder_sound_raises_every_octave_by_the_log_of_its_power(noise: ndarray):
    assert np.allclose(feature("OBSI", 3 * noise), feature("OBSI", noise) + 2 * np.log(3))


def test_silence_gives_finite_values():
    assert np.isfinite(extract(np.zeros(40_000, np.float32))).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AutoCorrelation", 0),
        ("ComplexDomainOnsetDetection", 0),
        ("Energy", 0),
        ("LPC", 0),
        ("LSF", np.pi * np.arange(1, 11) / 11),
        ("MagnitudeSpectrum", EPS),
        ("OBSI", -42.9514),
        ("OBSIR", 0),
        ("PerceptualSharpness", 2.98063),
        ("PerceptualSpread", 0.88545),
        ("SpectralCrestFactorPerBand", 1),
        ("SpectralDecrease", 0),
        ("SpectralFlatness", 1),
        ("SpectralFlatnessPerBand", 1),
        ("SpectralFlux", 0),
        ("SpectralRolloff", 7921.875),
        ("SpectralShapeStatistics", [256, 148.09, 0, -72.43]),
        ("SpectralSlope", 0),
        ("SpectralVariation", 0),
        ("TemporalShapeStatistics", [0, EPS, 0, -3]),
        ("ZCR", 0),
    ],
)
def test_digital_silence_has_the_values_of_the_specification(name: str, expected: float | list[float] | ndarray):
    assert np.allclose(feature(name, np.zeros(5000)), expected, rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize("sound", [
    np.ones(1, np.float32),
    np.ones(3000, np.float32),
    np.eye(1, 3000, 700, dtype=np.float32)[0],
    np.full(3000, 1e-45, np.float32),
    np.full(3000, 1e-200),
    np.full(3000, 1e15),
    np.tile([1.0, -1.0], 1500),
    np.zeros(1),
], ids=["one sample", "constant", "impulse", "denormal", "vanishing", "huge", "highest frequency", "one zero"])  # fmt: skip
def test_odd_sounds_give_finite_values_in_both_precisions(sound: ndarray):
    assert np.isfinite(extract(sound)).all()
    assert np.isfinite(extract(sound, np.float64)).all()


@pytest.mark.parametrize(
    ("sound", "what"),
    [
        (np.zeros((2, 100)), "shape"),
        (np.array([0.0, np.nan]), "finite"),
        (np.array([0.0, np.inf]), "finite"),
        (np.array([0.0, 1e16]), "-1 to 1"),
        (np.zeros(100, np.int16), "int16"),
    ],
)
def test_what_is_no_sound_is_refused_with_what_was_found(sound: ndarray, what: str):
    with pytest.raises(ConfigError, match=what):
        extract(sound)


def test_an_unknown_feature_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="MagnitudeSpectrum"):
        feature("Frames", np.zeros(100))


def test_a_longer_sound_takes_no_more_memory_beside_its_table():
    def beside_the_table_bytes(seconds: int) -> int:
        sound = np.zeros(16000 * seconds, np.float32)
        tracemalloc.start()
        table = extract(sound)
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak_bytes - table.nbytes

    assert beside_the_table_bytes(120) < 1.05 * beside_the_table_bytes(30)
