"""Folds that keep people apart."""

import numpy as np
import pytest

from avemo_core.errors import ConfigError
from avemo_core.evaluation.folds import balanced_groups, leave_out

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
