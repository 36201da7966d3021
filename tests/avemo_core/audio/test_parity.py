import numpy as np
import pytest
from numpy import ndarray

from avemo_core.audio.yaafe import COLUMNS, extract, feature
from tests.avemo_core.audio import reference

SOUNDS = ["noise", "chirp", "tone in silence", "clipped", "faint", "300 samples"]


def largest_difference(found: ndarray, expected: ndarray) -> float:
    """Over the columns, each relative to its largest value."""
    scale = np.abs(expected).max(axis=0)
    return float((np.abs(found - expected).max(axis=0) / np.where(scale == 0, 1, scale)).max())


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("name", COLUMNS)
def test_each_feature_equals_its_formula_in_plain_loops(sounds: dict[str, ndarray], sound: str, name: str):
    expected = reference.feature(name, sounds[sound])

    found = feature(name, sounds[sound], np.float64)

    assert found.shape == expected.shape
    assert largest_difference(found, expected) < 1e-9


@pytest.mark.parametrize("sound", SOUNDS)
def test_the_float32_table_is_the_exact_one_rounded(sounds: dict[str, ndarray], sound: str):
    exact = extract(sounds[sound], np.float64)

    table = extract(sounds[sound])

    assert table.dtype == np.float32
    assert largest_difference(table, exact) < 1e-7


def test_float32_samples_straight_from_a_decoder_are_taken_at_their_value(noise: ndarray):
    decoded = noise.astype(np.float32)

    assert np.array_equal(extract(decoded), extract(decoded.astype(np.float64)))
