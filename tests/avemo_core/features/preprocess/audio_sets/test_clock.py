"""Audio sets of several steps on one clock."""

import numpy as np
import pytest

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.features.preprocess.audio_sets.clock import joined, onto, steps_as_long

CLOCK_S = np.arange(4) * 0.032
"""A step reaches half-way to its neighbours: 16, 48 and 80 ms."""
TWENTY_MS = 0.0125 + np.arange(6) * 0.02


def steps(times_s: np.ndarray, width: int = 1) -> AudioSteps:
    """Steps whose values are their times."""
    return AudioSteps(np.repeat(times_s.astype(np.float32)[:, None], width, 1), times_s.astype(np.float32))


def test_a_finer_set_is_averaged_over_the_steps_that_lie_nearest_in_time():
    found = onto(steps(TWENTY_MS), CLOCK_S)

    np.testing.assert_allclose(found[:, 0], [0.0125, 0.0325, 0.0625, 0.1025], atol=1e-7)


def test_a_coarser_set_is_held_where_none_of_its_steps_lies():
    found = onto(steps(np.array([0.0, 0.1])), CLOCK_S)

    np.testing.assert_allclose(found[:, 0], [0.0, 0.0, 0.1, 0.1], atol=1e-7)


def test_what_lies_at_the_same_times_stays_as_it_is():
    found = onto(steps(CLOCK_S, 3), CLOCK_S)

    np.testing.assert_allclose(found, np.repeat(CLOCK_S[:, None], 3, 1), atol=1e-7)


def test_it_is_the_files_clock_that_counts_and_not_the_number_of_the_step():
    late = onto(steps(3600.0 + TWENTY_MS), 3600.0 + CLOCK_S)

    np.testing.assert_allclose(late[:, 0] - 3600, [0.0125, 0.0325, 0.0625, 0.1025], atol=1e-3)


def test_a_set_without_steps_is_zeros():
    assert not onto(steps(np.zeros(0), 3), CLOCK_S).any()


def test_sets_are_joined_on_the_steps_of_the_first_that_a_clip_has():
    first, second = steps(np.zeros(0), 2), steps(CLOCK_S, 2)

    found = joined([first, second])

    np.testing.assert_array_equal(found.time_s, second.time_s)
    np.testing.assert_array_equal(found.values, np.concatenate([np.zeros((4, 2)), second.values], 1))


def test_a_narrow_set_is_as_large_as_a_wide_one():
    draw = np.random.default_rng(0)
    wide, narrow = (AudioSteps(draw.normal(size=(4000, width)).astype(np.float32), np.arange(4000) * 0.032) for width in (48, 3))

    found = joined([wide, narrow]).values

    sizes = [np.square(block).sum(1).mean() for block in (found[:, :48], found[:, 48:])]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)


@pytest.mark.parametrize(("step_s", "expected"), [(0.032, 2), (0.02, 3), (0.01, 6), (0.064, 1), (1.0, 1)])
def test_so_many_steps_are_averaged_as_last_as_long_as_two_of_yaafe27(step_s: float, expected: int):
    assert steps_as_long(2, np.arange(50) * step_s) == expected
