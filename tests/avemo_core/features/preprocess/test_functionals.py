import numpy as np

from avemo_core.features.preprocess.functionals import with_functionals


def test_running_functionals_equal_a_plain_loop():
    rng = np.random.default_rng(0)
    values, time_s = rng.normal(size=(30, 2)).astype(np.float32), np.sort(rng.uniform(0, 3, 30))
    present = rng.random(30) > 0.3
    values[~present] = 0

    wide = with_functionals(values, time_s, present, 0.5)

    near = [present & (np.abs(time_s - t) <= 0.5) for t in time_s]
    means = np.array([values[rows].mean(0) for rows in near])[present]
    deviations = np.array([values[rows].std(0) for rows in near])[present]
    np.testing.assert_allclose(wide[present], np.concatenate([values[present], means, deviations], 1), atol=1e-5)
    assert not wide[~present].any()


def test_a_stream_that_hardly_moves_has_small_running_deviations_and_no_nan():
    values = (1000 + 1e-4 * np.random.default_rng(0).normal(size=(200, 8))).astype(np.float32)

    wide = with_functionals(values, np.arange(200) / 25, np.ones(200, bool), 0.5)

    assert (np.abs(wide[:, 16:]) < 0.01).all()


def test_both_ends_of_a_running_functionals_window_count():
    values, time_s = np.float32([[1], [2], [6]]), np.array([0.0, 0.5, 1.0])

    wide = with_functionals(values, time_s, np.ones(3, bool), 0.5)

    np.testing.assert_allclose(wide[:, 1], [1.5, 3, 4])
