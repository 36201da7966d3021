"""Grouped folds: people whole, emotions spread, nothing lost."""

import numpy as np
import pytest

from avemo_core.training.folds import grouped_folds


def test_a_group_is_in_one_fold_and_every_clip_in_exactly_one():
    groups = [f"person-{number % 8}" for number in range(240)]

    folds = grouped_folds(groups, np.arange(240) % 7)

    assert sorted(np.concatenate(folds).tolist()) == list(range(240))
    assert sum(len({groups[clip] for clip in fold}) for fold in folds) == 8
    assert len(folds) == 5


def test_emotions_of_people_who_show_one_each_are_spread_over_the_folds():
    # Ten people, five who are only ever happy and five who are only ever sad: folds by size alone may hold out all the happy ones.
    groups = [f"person-{number:02}" for number in range(10) for _ in range(6)]
    labels = ["happy" if number < 5 else "sad" for number in range(10) for _ in range(6)]

    folds = grouped_folds(groups, labels)

    assert [sorted({labels[clip] for clip in fold}) for fold in folds] == [["happy", "sad"]] * 5


@pytest.mark.parametrize(("people", "wanted"), [(1, 1), (2, 2), (4, 4), (30, 5)])
def test_there_are_at_most_as_many_folds_as_people_and_none_is_empty(people: int, wanted: int):
    groups = [f"person-{number % people}" for number in range(31)]

    folds = grouped_folds(groups, ["happy"] * 30 + ["sad"])

    assert [len(fold) > 0 for fold in folds] == [True] * wanted


@pytest.mark.filterwarnings("error")
def test_clips_too_few_for_an_emotion_in_every_fold_are_parted_all_the_same():
    folds = grouped_folds(["a", "b", "c", "d", "e"], ["happy", "happy", "sad", "sad", "fear"])

    assert sorted(np.concatenate(folds).tolist()) == [0, 1, 2, 3, 4]
    assert len(folds) == 5
