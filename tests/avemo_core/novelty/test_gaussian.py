"""The distance to the training clips: Mahalanobis's, under a covariance kept in a few axes."""

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from avemo_core.novelty.gaussian import AXES, Gaussian


def drawn(clips: int, width: int, seed: int = 0) -> np.ndarray:
    """Clips of columns that move together, each by another measure."""
    draw = np.random.default_rng(seed)
    mixing = draw.normal(size=(width, width)) * np.geomspace(1, 0.05, width)
    return (draw.normal(size=(clips, width)) @ mixing.T) * np.geomspace(0.1, 10, width) + 5


def by_hand(training: np.ndarray, clip: np.ndarray) -> float:
    """The root of z' C^-1 z over the number of columns, with the whole covariance of Ledoit and Wolf."""
    mean, deviation = training.mean(0), training.std(0)
    covariance, _ = ledoit_wolf((training - mean) / deviation, assume_centered=True)
    z = (clip - mean) / deviation
    return float(np.sqrt(z @ np.linalg.inv(covariance) @ z / len(z)))


def test_the_distance_is_that_of_the_whole_covariance_while_every_axis_is_kept():
    training, others = drawn(60, 12), drawn(5, 12, seed=1) + 0.3

    found = Gaussian.fit(training).distances(others)

    assert found == pytest.approx([by_hand(training, clip) for clip in others], rel=1e-4)


def test_more_columns_than_axes_keep_the_order_of_the_distances():
    training, others = drawn(400, AXES + 40), drawn(30, AXES + 40, seed=1)

    found = Gaussian.fit(training).distances(others)

    exact = [by_hand(training, clip) for clip in others]
    assert len(Gaussian.fit(training).axes) == AXES
    assert np.corrcoef(found, exact)[0, 1] > 0.98


def test_no_clip_however_like_or_few_makes_a_distance_that_is_no_number():
    alike = np.ones((5, 4))

    for training in (alike, alike[:1], np.concatenate([alike, np.zeros((1, 4))])):
        found = Gaussian.fit(training).distances(np.array([[1.0, 1, 1, 1], [9, 9, 9, 9]]))
        assert np.isfinite(found).all()
        assert found[1] > found[0]


def test_a_gaussian_is_read_as_it_was_stored():
    fitted, others = Gaussian.fit(drawn(20, 6)), drawn(4, 6, seed=2)

    assert Gaussian.of_arrays(fitted.arrays()).distances(others).tolist() == fitted.distances(others).tolist()
