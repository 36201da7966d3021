import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avemo_core.look.moments import FIRST_SLOT_S, Moment, Moments

PIXEL = np.zeros((1, 1, 3), np.uint8)


def kept(times_s: list[float], most: int = 10) -> Moments:
    moments = Moments(most)
    for time_s in times_s:
        if moments.wants(time_s):
            moments.add(Moment(time_s=time_s, bgr=PIXEL))
    return moments


@given(st.lists(st.floats(0, 600), min_size=1, max_size=60, unique=True).map(sorted), st.integers(2, 12))
def test_no_more_are_kept_than_there_may_be_and_the_first_is_one_of_them(times_s: list[float], most: int):
    found = [moment.time_s for moment in kept(times_s, most).kept]

    assert 1 <= len(found) <= most
    assert found[0] == times_s[0]
    assert found == sorted(set(found))


@pytest.mark.parametrize("count", [11, 100, 15_000])
def test_at_least_half_of_the_places_are_taken_and_evenly(count: int):
    found = np.array([moment.time_s for moment in kept([step / 25 for step in range(count)]).kept])

    assert 5 <= len(found) <= 10
    assert np.diff(found).max() <= 2 * np.diff(found).min() + 0.04


def test_all_pictures_of_a_short_clip_are_kept():
    times_s = [step / 120 for step in range(10)]

    assert [moment.time_s for moment in kept(times_s).kept] == times_s
    assert FIRST_SLOT_S < 1 / 120


def test_the_nearest_to_each_time_is_found_and_none_twice():
    moments = kept([0.0, 1.0, 2.0, 5.0])

    assert [moment.time_s for moment in moments.at([0.4, 1.1, 1.4, 9.0])] == [0.0, 1.0, 5.0]
    assert Moments(3).at([1.0]) == []
