import numpy as np
import pytest

from avemo_core.evaluation.localisation import localisation

STEP_TIME_S = np.arange(10) / 10


def test_an_even_spread_has_localisation_one():
    assert localisation(np.full(10, 0.1), STEP_TIME_S, 0.2, 0.5) == pytest.approx((1.0, 10 / 3))


def test_attention_wholly_inside_reaches_the_ceiling():
    weights = np.zeros(10)
    weights[3] = 1.0

    value, ceiling = localisation(weights, STEP_TIME_S, 0.2, 0.5)

    assert value == pytest.approx(ceiling)


def test_the_segment_is_half_open():
    weights = np.zeros(10)
    weights[5] = 1.0

    assert localisation(weights, STEP_TIME_S, 0.2, 0.5).value == 0.0
    assert localisation(weights, STEP_TIME_S, 0.5, 0.6).value == pytest.approx(10.0)


@pytest.mark.parametrize(("weights", "start_s"), [(np.full(10, 0.1), 7.0), (np.zeros(10), 0.2)])
def test_without_a_step_inside_or_any_attention_there_is_no_localisation(weights: np.ndarray, start_s: float):
    assert np.isnan(localisation(weights, STEP_TIME_S, start_s, start_s + 1)).all()
