"""Table 1: rows that are compared on the same clips."""

import numpy as np
import pytest

from avemo_core.evaluation.comparison import AFEW, ENCODINGS, PartClips, Row, difference, document, part_clips, right_by_part
from avemo_core.evaluation.folds import Fold
from avemo_core.evaluation.intervals import Clusters, Estimate


def of_two_people(clips: int, *parts: str) -> dict[str, PartClips]:
    """Clips of two people in turn, of emotion 0 and 1."""
    clusters = Clusters.of([f"person {number % 2}" for number in range(clips)])
    return dict.fromkeys(parts, PartClips(labels=np.arange(clips) // 2 % 2, clusters=clusters))


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

    gain = difference(Row(model="one", right={"test": better}), Row(model="two", right={"test": worse}), of_two_people(4, "test"))

    assert gain is not None
    assert gain.accuracy.mean == pytest.approx(0.25)
    assert 0 <= gain.accuracy.low < 0.25 < gain.accuracy.high <= 1
    assert gain.uar.mean == pytest.approx(0.25)


def test_a_row_of_one_run_is_compared_with_the_mean_of_several():
    one, several = Row(model="one", right={"test": np.ones((1, 4))}), Row(model="two", right={"test": np.eye(4)})

    gain = difference(one, several, of_two_people(4, "test"))

    assert gain is not None
    assert gain.accuracy == Estimate(0.75, 0.75, 0.75)


def test_without_a_test_part_the_difference_is_taken_on_val():
    better = Row(model="one", right={"train": np.zeros((1, 4)), "val": np.ones((1, 4))})
    worse = Row(model="two", right={"train": np.ones((1, 4)), "val": np.zeros((1, 4))})

    gain = difference(better, worse, of_two_people(4, "train", "val"))

    assert gain is not None
    assert gain.accuracy == gain.uar == Estimate(1.0, 1.0, 1.0)


def test_rows_without_a_held_out_part_have_no_difference():
    row = Row(model="one", right={"train": np.ones((1, 4))})

    assert difference(row, row, of_two_people(4, "train")) is None


def test_the_document_has_the_papers_figures_beside_its_own_rows_only():
    rows = [Row(model="x", right={"test": np.ones((2, 3))}, encoding="average"), Row(model="y", right={"test": np.zeros((2, 3))})]

    first, second = document(rows, of_two_people(3, "test"))

    assert (first["test"]["mean"], first["difference"], first["paper"]["test"], first["runs"]) == (1.0, None, 0.4119, 2)
    assert (second["difference"]["to"], second["difference"]["mean"], second["paper"]) == ("x", -1.0, None)


def test_the_papers_figures_are_there_for_every_row_of_its_table():
    assert list(AFEW) == list(ENCODINGS)


def test_a_row_has_the_mean_recall_beside_its_accuracy_and_no_recall_where_no_clip_is():
    right = {"test": np.array([[1.0, 1.0, 1.0, 1.0, 0.0, 0.0]])}
    clips = {"test": PartClips(labels=np.array([2, 2, 2, 2, 5, 5]), clusters=Clusters.of(["a", "b"] * 3))}

    (row,) = document([Row(model="x", right=right)], clips)

    assert row["test"]["mean"] == pytest.approx(4 / 6)
    assert row["uar"]["test"]["mean"] == pytest.approx(0.5)
    assert [emotion for emotion, recall in row["recall"]["test"].items() if recall is not None] == ["fear", "sad"]


def test_the_clips_of_a_part_are_those_of_all_folds_with_their_people():
    folds = [
        Fold("one", {"train": np.array([1, 2]), "test": np.array([0, 3])}),
        Fold("two", {"train": np.array([0, 3]), "test": np.array([2])}),
    ]

    parts = part_clips(folds, np.array([5, 4, 3, 2]), ["a", "b", "b", "a"], ["subject a", "subject b", "subject b", "subject a"])

    assert set(parts) == {"train", "test"}
    assert parts["test"].labels.tolist() == [5, 3, 2]
    assert parts["test"].clusters.of_clip.tolist() == [0, 1, 0]
    assert parts["train"].clusters.count == 2
