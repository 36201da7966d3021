from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy import ndarray

from avemo_core.media.stamps.alignment import GAP_S, Placed, SoundAligner

RATE_HZ = 48_000
BLOCK_S = 1024 / RATE_HZ


def _placed(stamps_s: Sequence[float | None], follow_s: float = 0.005, samples: int = 1024) -> list[Placed]:
    aligner = SoundAligner(follow_s)
    block = np.zeros((1, samples), np.float32)
    placed = [each for stamp_s in stamps_s for each in aligner.add(block, RATE_HZ, ("FC",), stamp_s)]
    return [*placed, *aligner.rest()]


def _stamps_s(distances_ms: Sequence[float], start_s: float = 0.0) -> ndarray:
    """Stamps of blocks that lie one after the other, but for these distances."""
    return start_s + np.arange(len(distances_ms)) * BLOCK_S + np.array(distances_ms) / 1000


def _moved_ms(placed: Sequence[Placed]) -> ndarray:
    """Of the end of each block: silence put in and sound left out up to there."""
    return np.cumsum([each.silence - each.dropped for each in placed]) * 1000 / RATE_HZ


@pytest.mark.parametrize(
    ("distances_ms", "moved_ms"),
    [
        pytest.param([0, 0, -1, 0, 0, -1, 0, 0], 0, id="rounded stamps"),
        pytest.param([0, 14, -18, 9, -3, -16, 12, 2], 0, id="jitter"),
        pytest.param([0, 0, 0, 500, 0, 0, 0, 0], 0, id="one wrong stamp"),
        pytest.param([0, 0, 0, -500, 0, 0, 0, 0], 0, id="one wrong stamp, early"),
        pytest.param([0, 0, 0, *[64] * 8], [0, 0, 0, *[64] * 8], id="three lost packets"),
        pytest.param([0, 0, *[-21] * 9], [0, 0, *[-21] * 9], id="joined files"),
        pytest.param([0, 0, 0, *[4] * 8], 0, id="less than what is followed"),
    ],
)
def test_what_lasts_is_followed_and_nothing_else(distances_ms: list[float], moved_ms: float | list[float]):
    np.testing.assert_allclose(_moved_ms(_placed(_stamps_s(distances_ms))), moved_ms, atol=0.05)


@pytest.mark.parametrize("most_ms", [5, 10, 20])
def test_jitter_around_the_truth_is_not_followed_once_its_mean_is_known(most_ms: int):
    jitter_ms = np.random.default_rng(0).uniform(-most_ms, most_ms, (5, 500))

    placed = [_placed(_stamps_s(of_one_file)) for of_one_file in jitter_ms]

    assert not np.diff([_moved_ms(of_one_file)[60:] for of_one_file in placed]).any()
    late_s = np.array([of_one_file[-1].time_s for of_one_file in placed]) - 499 * BLOCK_S
    assert np.abs(late_s).max() < min(most_ms, 10) / 1000


def test_a_first_stamp_that_jitter_leaves_in_no_doubt_is_believed():
    first, *_ = _placed(_stamps_s([0, 14, -18, 9, -3, 12, -7, 2, 0, 0]))

    assert first.time_s == pytest.approx(0.0, abs=1e-9)


def test_where_stamps_jitter_sound_starts_at_the_mean_of_the_first_ones():
    first, *_ = _placed(_stamps_s([18, -12, 15, -20, 9, -10, 0, 0, 0, 0]))

    assert first.time_s == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("gap_ms", [64, 250])
def test_a_gap_is_followed_within_two_seconds_though_stamps_jitter(gap_ms: int):
    distances_ms = np.random.default_rng(0).uniform(-20, 20, 300)
    distances_ms[0] = 0
    distances_ms[150:] += gap_ms

    moved_ms = _moved_ms(_placed(_stamps_s(distances_ms)))

    assert not moved_ms[:150].any()
    assert moved_ms[150 + round(2 / BLOCK_S) :] == pytest.approx(gap_ms, abs=10)


def test_a_first_stamp_that_is_wrong_does_not_move_the_rest():
    placed = _placed(_stamps_s([300, *[0] * 20]))

    assert placed[0].time_s == pytest.approx(0, abs=1e-9)
    assert not _moved_ms(placed).any()


def test_sound_starts_where_its_first_stamp_says():
    assert _placed(_stamps_s([0] * 8, start_s=-0.7))[0].time_s == pytest.approx(-0.7)


@pytest.mark.parametrize("drift", [1e-3, -1e-3])
@pytest.mark.parametrize(("jitter_s", "within_s"), [(0.0, 0.0051), (0.01, 0.012)])
def test_a_clock_that_drifts_is_followed(drift: float, jitter_s: float, within_s: float):
    true_s = np.arange(1500) * BLOCK_S * (1 + drift)

    placed = _placed(true_s + np.random.default_rng(0).uniform(-jitter_s, jitter_s, len(true_s)) * (true_s > 0))

    starts_s = np.array([each.time_s for each in placed])
    assert np.abs(starts_s - true_s).max() < within_s


def test_without_stamps_blocks_lie_one_after_the_other():
    starts_s = [each.time_s for each in _placed([1.0, *[None] * 30])]

    assert starts_s == pytest.approx(1.0 + np.arange(31) * BLOCK_S)


def test_where_few_blocks_have_stamps_only_a_gap_is_followed():
    few = np.full(40, np.nan)
    few[::8] = _stamps_s([0] * 40)[::8]
    small, large = few.copy(), few.copy()
    small[16:] += 0.05
    large[16:] += 0.2

    moved_ms = [_moved_ms(_placed([None if np.isnan(stamp_s) else stamp_s for stamp_s in stamps]))[-1] for stamps in (small, large)]

    assert moved_ms == pytest.approx([0, 200], abs=0.05)


def test_stamps_of_coarse_codecs_are_followed_across_gaps_alone():
    nothing, gap = ([*[0] * 8, *[distance_ms] * 8] for distance_ms in (64, 150))

    moved_ms = [_moved_ms(_placed(_stamps_s(distances_ms), follow_s=GAP_S))[-1] for distances_ms in (nothing, gap)]

    assert moved_ms == pytest.approx([0, 150], abs=0.05)


def test_a_block_that_was_heard_already_is_dropped_whole():
    placed = _placed(_stamps_s([*[0] * 8, *[-100] * 20]))

    assert [each.dropped for each in placed][8:14] == [1024, 1024, 1024, 1024, 704, 0]
    assert [each.samples.shape[1] for each in placed][8:14] == [0, 0, 0, 0, 320, 1024]


@settings(max_examples=25)
@given(st.lists(st.none() | st.floats(-1e3, 1e3) | st.floats(0, 1), min_size=1, max_size=30), st.integers(1, 3000))
def test_no_sample_is_lost_unmarked_and_time_is_counted_exactly(stamps_s: list[float | None], samples: int):
    placed = _placed(stamps_s, samples=samples)

    assert len(placed) == len(stamps_s)
    assert all(each.samples.shape[1] + each.dropped == samples for each in placed)
    counted = np.cumsum([0, *(each.samples.shape[1] + each.silence for each in placed)])
    ends = np.array([(each.time_s - placed[0].time_s) * RATE_HZ + each.samples.shape[1] for each in placed]) + placed[0].silence
    np.testing.assert_allclose(ends, counted[1:], atol=1e-3)
