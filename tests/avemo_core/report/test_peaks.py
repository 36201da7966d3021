import numpy as np
import pytest

from avemo_core.report.peaks import APART_S, attention_peaks

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
