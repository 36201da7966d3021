import numpy as np
import pytest

from avemo_core.evaluation.peaks import APART_S, attention_peaks, pronounced_peaks

TIMES_S = np.arange(100) * 0.04


def bumps(*centres: int) -> np.ndarray:
    return 0.001 + sum((1 + place / 10) * np.exp(-(((np.arange(100) - centre) / 4) ** 2)) for place, centre in enumerate(centres))


def test_peaks_are_where_attention_is_highest_in_the_order_of_time():
    assert attention_peaks(TIMES_S, bumps(80, 15, 50)).tolist() == [15, 50, 80]


def test_peaks_lie_apart():
    peaks = attention_peaks(TIMES_S, bumps(40))

    assert (np.diff(TIMES_S[peaks]) >= APART_S).all()
    assert 40 in peaks


def test_steps_without_weight_are_no_peaks():
    weights = np.zeros(100)
    weights[70] = 1.0

    assert attention_peaks(TIMES_S, weights).tolist() == [70]


def test_flat_attention_is_looked_at_evenly():
    assert attention_peaks(TIMES_S, np.full(100, 0.01)).tolist() == [16, 50, 83]


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_short_clips_have_no_more_peaks_than_steps(steps: int):
    assert len(attention_peaks(TIMES_S[:steps], np.full(steps, 0.5))) == steps


def test_a_pronounced_peak_is_a_top_not_a_slope():
    assert pronounced_peaks(TIMES_S, bumps(40)).tolist() == [40]
    assert pronounced_peaks(TIMES_S, bumps(80, 15, 50)).tolist() == [15, 50, 80]


@pytest.mark.parametrize("step", [0, 99])
def test_attention_may_peak_at_either_end(step: int):
    weights = np.full(100, 0.01)
    weights[step] = 0.5

    assert pronounced_peaks(TIMES_S, weights).tolist() == [step]


def test_a_ripple_is_no_pronounced_peak():
    broad = np.exp(-(((TIMES_S - 2.0) / 1.0) ** 2)) + 0.1 * np.cos((TIMES_S - 2.0) * 10)

    assert pronounced_peaks(TIMES_S, broad - broad.min()).tolist() == [50]


def test_a_top_below_an_even_spread_is_no_pronounced_peak():
    weights = np.ones(100)
    weights[40:60] = 0.0
    weights[50] = 0.5

    assert 50 not in pronounced_peaks(TIMES_S, weights)


@pytest.mark.parametrize("weights", [np.zeros(0), np.ones(1), np.full(100, 0.01), np.zeros(5)])
def test_flat_attention_has_no_pronounced_peak(weights: np.ndarray):
    assert pronounced_peaks(TIMES_S[: len(weights)], weights).tolist() == []
