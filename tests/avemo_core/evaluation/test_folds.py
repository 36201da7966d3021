"""Folds that keep people apart."""

import numpy as np
import pytest

from avemo_core.errors import ConfigError
from avemo_core.evaluation.folds import balanced_groups, grouped_folds, leave_out

SUBJECTS = ["b", "a", "b", None, "c", "a"]


def test_every_subject_is_held_out_once_and_nobodys_clips_only_train():
    folds = leave_out(SUBJECTS, with_val=False)

    assert [fold.name for fold in folds] == ["a", "b", "c"]
    assert [fold.parts["test"].tolist() for fold in folds] == [[1, 5], [0, 2], [4]]
    assert folds[0].parts["train"].tolist() == [0, 2, 3, 4]


def test_where_an_epoch_is_chosen_another_subject_chooses_it():
    folds = leave_out(SUBJECTS, with_val=True)

    assert [fold.parts["val"].tolist() for fold in folds] == [[0, 2], [4], [1, 5]]
    assert folds[0].parts["train"].tolist() == [3, 4]


def test_numbered_folds_come_in_their_order():
    assert [fold.name for fold in leave_out(["10", "2", "1"], with_val=False)] == ["1", "2", "10"]


@pytest.mark.parametrize("count", [2, 5])
def test_groups_of_whole_people_hold_about_as_many_clips_of_every_emotion(count: int):
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(20), rng.integers(20, 40, 20))
    labels = rng.choice(4, len(people), p=[0.1, 0.2, 0.3, 0.4])

    names = np.array(balanced_groups(labels, [f"subject {person}" for person in people], count))

    shares = np.array([[np.mean(names[labels == label] == name) for name in np.unique(names)] for label in range(4)])
    assert set(names) == {str(number) for number in range(1, count + 1)}
    assert all(len(set(names[people == person])) == 1 for person in range(20))
    assert np.abs(shares - 1 / count).max() < 0.1


def test_fewer_people_than_groups_are_refused():
    with pytest.raises(ConfigError, match=r"at least 5 people \(or files of nobody\), found 3"):
        balanced_groups(np.zeros(9, int), ["subject a", "subject b", "subject c"] * 3, 5)


def test_emotions_of_fewer_clips_than_folds_are_parted_all_the_same():
    names = balanced_groups(np.arange(4), ["a", "b", "c", "d"], 3)

    assert set(names) == {"1", "2", "3"}


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


def test_a_clip_of_nobody_does_not_train_where_another_part_of_its_file_is_held_out():
    folds = leave_out(SUBJECTS, with_val=False, groups=["b", "x", "b", "x", "c", "x"])

    assert [fold.parts["train"].tolist() for fold in folds] == [[0, 2, 4], [1, 3, 4, 5], [0, 1, 2, 3, 5]]
