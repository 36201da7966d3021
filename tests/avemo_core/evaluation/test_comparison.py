"""Table 1: folds that keep people apart, and rows that are compared on the same clips."""

import numpy as np
import pytest

from avemo_core.evaluation.comparison import AFEW, ENCODINGS, Estimate, Fold, Row, difference, document, right_by_part, subject_folds

SUBJECTS = ["b", "a", "b", None, "c", "a"]


def test_every_subject_is_held_out_once_and_nobodys_clips_only_train():
    folds = subject_folds(SUBJECTS, with_val=False)

    assert [fold.name for fold in folds] == ["a", "b", "c"]
    assert [fold.parts["test"].tolist() for fold in folds] == [[1, 5], [0, 2], [4]]
    assert folds[0].parts["train"].tolist() == [0, 2, 3, 4]


def test_where_an_epoch_is_chosen_another_subject_chooses_it():
    folds = subject_folds(SUBJECTS, with_val=True)

    assert [fold.parts["val"].tolist() for fold in folds] == [[0, 2], [4], [1, 5]]
    assert folds[0].parts["train"].tolist() == [3, 4]


def test_a_clip_that_trains_in_several_folds_counts_with_its_mean():
    folds = [
        Fold("one", {"train": np.array([0, 1]), "test": np.array([2])}),
        Fold("two", {"train": np.array([1, 2]), "test": np.array([0])}),
    ]
    predicted = [{"train": np.array([[0, 1]]), "test": np.array([[1]])}, {"train": np.array([[0, 1]]), "test": np.array([[0]])}]

    right = right_by_part(folds, predicted, np.array([0, 1, 2]))

    assert right["train"].tolist() == [[1.0, 0.5, 0.0]]
    assert right["test"].tolist() == [[1.0, 0.0]]
    assert "val" not in right


def test_the_difference_of_two_rows_is_taken_clip_by_clip():
    better = np.repeat([[1.0, 1.0, 0.0, 0.0]], 2, 0)
    worse = np.repeat([[1.0, 0.0, 0.0, 0.0]], 2, 0)

    gain = difference(Row(model="one", right={"test": better}), Row(model="two", right={"test": worse}))

    assert gain is not None
    assert gain.mean == pytest.approx(0.25)
    assert 0 <= gain.low < 0.25 < gain.high <= 1


def test_a_row_of_one_run_is_compared_with_the_mean_of_several():
    one, several = Row(model="one", right={"test": np.ones((1, 4))}), Row(model="two", right={"test": np.eye(4)})

    assert difference(one, several) == Estimate(0.75, 0.75, 0.75)


def test_without_a_test_part_the_difference_is_taken_on_val():
    better = Row(model="one", right={"train": np.zeros((1, 4)), "val": np.ones((1, 4))})
    worse = Row(model="two", right={"train": np.ones((1, 4)), "val": np.zeros((1, 4))})

    gain = difference(better, worse)

    assert gain == Estimate(1.0, 1.0, 1.0)


def test_rows_without_a_held_out_part_have_no_difference():
    row = Row(model="one", right={"train": np.ones((1, 4))})

    assert difference(row, row) is None


def test_the_document_has_the_papers_figures_beside_its_own_rows_only():
    rows = [Row(model="x", right={"test": np.ones((2, 3))}, encoding="average"), Row(model="y", right={"test": np.zeros((2, 3))})]

    first, second = document(rows)

    assert (first["test"]["mean"], first["difference"], first["paper"]["test"], first["runs"]) == (1.0, None, 0.4119, 2)
    assert (second["difference"]["to"], second["difference"]["mean"], second["paper"]) == ("x", -1.0, None)


def test_the_papers_figures_are_there_for_every_row_of_its_table():
    assert list(AFEW) == list(ENCODINGS)
