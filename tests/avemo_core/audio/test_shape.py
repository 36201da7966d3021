import numpy as np
import pytest

from avemo_core.audio.shape import power_sums, shape_statistics


def test_a_symmetric_distribution_has_no_skewness():
    weights = np.hanning(101)[:, None]

    centroid, spread, skewness, _ = shape_statistics(power_sums(weights))[:, 0]

    assert centroid == pytest.approx(50)
    assert spread == pytest.approx(np.sqrt((np.hanning(101) * (np.arange(101) - 50) ** 2).sum() / np.hanning(101).sum()))
    assert skewness == pytest.approx(0, abs=1e-9)


def test_a_single_spike_has_the_least_spread_not_none():
    weights = np.eye(1, 64, 32).T

    assert shape_statistics(power_sums(weights))[:2, 0].tolist() == [32, np.finfo(float).eps]


def test_the_kurtosis_has_the_first_power_of_the_centroid_as_yaafe_has():
    weights = np.random.default_rng(0).uniform(size=(50, 1))
    m_1, m_2, m_3, m_4 = ((np.arange(50.0) ** np.arange(1, 5)[:, None]) @ weights / weights.sum())[:, 0]

    kurtosis = shape_statistics(power_sums(weights))[3, 0]

    assert kurtosis == pytest.approx((-3 * m_1**4 + 6 * m_1 * m_2 - 4 * m_1 * m_3 + m_4) / (m_2 - m_1**2) ** 2 - 3)
