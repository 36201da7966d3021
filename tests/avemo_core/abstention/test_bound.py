"""An upper bound on the share of wrong answers that holds for people never seen, be they few and unlike each other."""

import numpy as np
import pytest
from scipy.stats import beta

from avemo_core.abstention.bound import DOUBT, risk_bound


def test_of_many_people_whose_answers_are_wrong_on_their_own_it_is_the_bound_of_clopper_and_pearson():
    wrong, answered = np.full(400, 1), np.full(400, 10)

    assert risk_bound(wrong, answered) == pytest.approx(beta.ppf(1 - DOUBT, 401, 3600), abs=1e-3)


def test_the_same_answers_of_people_unlike_each_other_say_less():
    answered = np.full(10, 20)

    even, uneven = risk_bound(np.full(10, 2), answered), risk_bound(np.array([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]), answered)

    assert 0.1 < even < 0.15
    assert uneven > 0.3


def test_fewer_people_with_as_many_answers_say_less():
    assert risk_bound(np.zeros(3, int), np.full(3, 40)) > risk_bound(np.zeros(12, int), np.full(12, 10))


@pytest.mark.parametrize(
    ("wrong", "answered"),
    [([], []), ([0], [500]), ([0, 0], [500, 0]), ([7, 3], [7, 3])],
    ids=["nobody", "one person", "one who answered", "all wrong"],
)
def test_where_nothing_follows_for_others_everything_may_be_wrong(wrong: list[int], answered: list[int]):
    assert risk_bound(np.array(wrong, int), np.array(answered, int)) == 1
