"""What intervals are over, and that they cover what they say."""

import numpy as np
import pytest
from sklearn.metrics import recall_score

from avemo_core.evaluation.intervals import Clusters, estimates

TRUTH, CLIPS, CORPORA, DRAWS = 0.7, 50, 300, 400


def of(groups: list[int] | np.ndarray) -> Clusters:
    return Clusters.of([f"person {group:03}" for group in groups])


def covered(people: int, deviation: float, *, by_person: bool) -> float:
    """The share of made corpora whose 95 % interval of accuracy holds the true one, where people differ by so much."""
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(people), CLIPS)
    clusters = of(person if by_person else np.arange(len(person)))
    hits = 0
    for corpus in range(CORPORA):
        right = rng.random(len(person)) < rng.normal(TRUTH, deviation, people)[person]
        found = estimates(right[None], person % 7, clusters, seed=corpus, resamples=DRAWS).accuracy
        hits += found.low <= TRUTH <= found.high
    return hits / CORPORA


@pytest.mark.slow
def test_twenty_people_are_covered_as_promised_and_by_clips_alone_they_are_not():
    assert 0.92 <= covered(20, 0.10, by_person=True) <= 0.98
    assert covered(20, 0.10, by_person=False) < 0.80


@pytest.mark.slow
def test_of_seven_people_that_differ_the_interval_is_too_narrow():
    assert covered(7, 0.15, by_person=True) < 0.93


def test_clips_of_one_person_that_are_all_alike_count_as_one():
    person = np.repeat(np.arange(8), 40)
    right = (person % 2 == 0)[None]

    people, clips = (estimates(right, person % 7, of(groups)).accuracy for groups in (person, np.arange(320)))

    assert people.high - people.low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 8), rel=0.15)
    assert clips.high - clips.low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 320), rel=0.15)


def test_people_who_are_all_alike_leave_the_doubt_of_their_clips():
    person = np.repeat(np.arange(30), 40)
    right = (np.arange(1200) % 2 == 0)[None]

    found = estimates(right, np.zeros(1200, int), of(person)).accuracy

    assert found.high - found.low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 1200), rel=0.15)


def test_people_of_many_clips_weigh_more_as_they_do_in_the_accuracy():
    person = np.array([0] * 90 + [1] * 10)

    found = estimates((person == 0)[None], np.zeros(100, int), of(person)).accuracy

    assert found == (0.9, 0.0, 1.0)


def test_the_mean_recall_is_that_of_scikit_learn_and_lies_within_its_interval():
    rng = np.random.default_rng(1)
    labels = rng.choice([0, 1, 4], 200, p=[0.8, 0.15, 0.05])
    predicted = np.where(rng.random(200) < 0.6, labels, 2)

    found = estimates((predicted == labels)[None], labels, of(np.arange(200) % 20))

    assert found.uar.mean == pytest.approx(recall_score(labels, predicted, labels=[0, 1, 4], average="macro"))
    assert found.uar.low < found.uar.mean < found.uar.high
    assert [recall is None for recall in found.recall] == [False, False, True, True, False, True, True]


def test_a_difference_that_every_clip_shares_has_no_doubt():
    better = np.random.default_rng(0).random((1, 60))

    found = estimates(better - (better - 0.25), np.arange(60) % 7, of(np.arange(60) % 6))

    assert found.accuracy == pytest.approx((0.25, 0.25, 0.25))
    assert found.uar == pytest.approx((0.25, 0.25, 0.25))


def test_runs_that_disagree_widen_the_interval():
    clusters, labels = of(np.arange(40) % 10), np.zeros(40, int)
    steady = np.tile(np.arange(40) // 10 % 2 == 0, (4, 1))
    torn = np.stack([np.ones(40), np.ones(40), np.zeros(40), np.zeros(40)])

    widths = [found.high - found.low for found in (estimates(runs, labels, clusters).accuracy for runs in (steady, torn))]

    assert widths[1] > 1.5 * widths[0]


def test_the_same_clips_give_the_same_interval():
    right = np.random.default_rng(0).random((1, 50)) < 0.5

    assert estimates(right, np.arange(50) % 7, of(np.arange(50) % 5)) == estimates(right, np.arange(50) % 7, of(np.arange(50) % 5))


@pytest.mark.parametrize(
    ("subjects", "groups", "unit", "count"),
    [
        (["a", "b", "a"], None, "people", 2),
        ([None, None, None], None, "files", 3),
        ([None, None, None], ["source x", "source x", "source y"], "files", 2),
        (["a", None, None], ["subject a", "source x", "source x"], "people and files", 2),
        (["a", "b", "c"], ["subject a", "subject a", "subject c"], "people", 2),
    ],
)
def test_what_is_drawn_together_are_people_and_where_nobody_is_named_files(
    subjects: list[str | None], groups: list[str] | None, unit: str, count: int
):
    found = Clusters.of(subjects, groups)

    assert (found.unit, found.count) == (unit, count)
