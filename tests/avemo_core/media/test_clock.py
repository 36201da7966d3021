from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avemo_core.media import clock
from avemo_core.media.clock import PictureClock, Timed

FRAME_S = 0.04
EVEN_S = [FRAME_S * number for number in range(20)]


def _timed(stamps_s: Sequence[float | None]) -> list[Timed[int]]:
    """What becomes of pictures with these stamps; each is its own number."""
    given_out: list[Timed[int]] = []
    pictures = PictureClock[int](FRAME_S)
    for number, stamp_s in enumerate(stamps_s):
        given_out += pictures.add(number, stamp_s)
    return [*given_out, *pictures.rest()]


def _times_s(stamps_s: Sequence[float | None]) -> list[float]:
    return [each.time_s for each in _timed(stamps_s)]


def _with(places: dict[int, float | None]) -> list[float | None]:
    """Even stamps, those at some places others."""
    return [places.get(number, stamp_s) for number, stamp_s in enumerate(EVEN_S)]


@pytest.mark.parametrize(
    "places",
    [
        pytest.param({9: EVEN_S[10]}, id="its successor's"),
        pytest.param({9: EVEN_S[8]}, id="its predecessor's"),
        pytest.param({9: EVEN_S[9] + 3}, id="3 s late"),
        pytest.param({9: EVEN_S[9] - 3}, id="3 s early"),
        pytest.param({9: None}, id="missing"),
        pytest.param({9: EVEN_S[9] + 3, 10: EVEN_S[10] + 5}, id="two in a row"),
        pytest.param({9: EVEN_S[14], 10: EVEN_S[3]}, id="one late, one early"),
        pytest.param({0: 3.0}, id="the first one's"),
        pytest.param({18: EVEN_S[3], 19: EVEN_S[3]}, id="the last two"),
    ],
)
def test_a_wrong_stamp_costs_its_own_picture_and_no_other(places: dict[int, float | None]):
    timed = _timed(_with(places))

    assert [each.time_s for each in timed] == pytest.approx(EVEN_S)
    assert {each.item for each in timed if not each.is_stamped} == set(places)


@pytest.mark.parametrize(("after_s", "expected_s"), [(0.1, 0.09), (0.14, 0.11), (1.0, 0.12)])
def test_a_picture_without_a_stamp_is_between_its_neighbours_a_frames_length_after_the_first_at_most(after_s: float, expected_s: float):
    times_s = _times_s([0.0, 0.04, 0.08, None, after_s, after_s + 0.04, after_s + 0.08])

    assert times_s[3] == pytest.approx(expected_s)


def test_a_last_picture_that_leaps_is_where_its_stamp_says_for_nothing_contradicts_it():
    assert _times_s([*EVEN_S[:10], 3.0]) == [*EVEN_S[:10], 3.0]


def test_a_hole_between_pictures_is_kept():
    stamps_s = [*EVEN_S, *(stamp_s + 5 for stamp_s in EVEN_S)]

    assert _times_s(stamps_s) == pytest.approx(stamps_s)


@pytest.mark.parametrize(
    "stamps_s",
    [
        pytest.param([0.0] * 20, id="all equal"),
        pytest.param([None] * 20, id="all missing"),
        pytest.param([-stamp_s for stamp_s in EVEN_S], id="backwards"),
    ],
)
def test_pictures_whose_stamps_are_nonsense_come_at_the_nominal_rate(stamps_s: list[float | None]):
    timed = _timed(stamps_s)

    assert np.diff([each.time_s for each in timed]) == pytest.approx(FRAME_S)
    assert sum(each.is_stamped for each in timed) <= 1


def test_stamps_that_start_anew_go_on_where_the_last_part_ended():
    assert _times_s(EVEN_S + EVEN_S) == pytest.approx(FRAME_S * np.arange(40))


def test_a_stamp_further_than_ten_minutes_off_is_no_hole():
    timed = _timed([*EVEN_S, *(stamp_s + clock.MAX_LEAP_S + 1 for stamp_s in EVEN_S)])

    assert timed[-1].time_s < 2 * len(EVEN_S) * FRAME_S


def test_after_a_seek_the_first_stamp_may_be_anywhere():
    pictures = PictureClock[int](FRAME_S)
    pictures.is_after_seek = True

    timed = [*pictures.add(0, 5000.0), *pictures.add(1, 5000.04), *pictures.rest()]

    assert [each.time_s for each in timed] == [5000.0, 5000.04]


def test_a_picture_waits_for_two_more_where_stamps_rise_and_for_twelve_at_most_where_they_do_not():
    pictures = PictureClock[int](FRAME_S)

    rising = [len(list(pictures.add(number, stamp_s))) for number, stamp_s in enumerate(EVEN_S)]
    equal = [len(list(pictures.add(number, EVEN_S[-1]))) for number in range(30)]

    assert rising == [0, 0, *[1] * 18]
    assert sum(equal) == 30 + 2 - clock.LONGEST_LOOK


@settings(max_examples=30)
@given(st.lists(st.none() | st.floats(-1e4, 1e4) | st.sampled_from(EVEN_S), max_size=24))
def test_whatever_the_stamps_times_rise_and_every_picture_comes_out_once_in_order(stamps_s: list[float | None]):
    timed = _timed(stamps_s)

    assert [each.item for each in timed] == list(range(len(stamps_s)))
    assert (np.diff([each.time_s for each in timed]) > 0).all()


@settings(max_examples=30)
@given(st.lists(st.floats(1e-3, 30.0), max_size=24), st.floats(-5.0, 5.0))
def test_stamps_that_rise_are_never_changed(steps_s: list[float], first_s: float):
    stamps_s = np.cumsum([first_s, *steps_s]).tolist()

    timed = _timed(stamps_s)

    assert [each.time_s for each in timed] == stamps_s
    assert all(each.is_stamped for each in timed)


@pytest.mark.parametrize(
    ("rates_fps", "expected_s"),
    [
        ((Fraction(25), Fraction(50)), 0.04),
        ((None, Fraction(50)), 0.02),
        ((Fraction(90_000), Fraction(30)), 1 / 30),
        ((Fraction(1, 100), None), clock.DEFAULT_FRAME_S),
        ((), clock.DEFAULT_FRAME_S),
    ],
)
def test_the_nominal_rate_is_the_first_that_can_be_believed(rates_fps: tuple[Fraction | None, ...], expected_s: float):
    assert clock.nominal_s(*rates_fps) == pytest.approx(expected_s)
