import numpy as np
import pyarrow as pa

from avemo_core.evaluation.comparison import Fold
from avemo_core.training.unlabelled import absent_lines, unlabelled_lines
from tests.avemo_core.planted import Plan, planted

CLIPS = planted(Plan(clips=14, seed=0))[0]


def _identity(*rows: tuple[str, str, str | None]) -> pa.Table:
    return pa.table(dict(zip(("clip_id", "source_id", "label"), map(list, zip(*rows, strict=True)), strict=True)))


def test_rows_without_a_label_are_counted_and_those_of_other_faces_among_them():
    table = _identity(("a#0", "a", "sad"), ("a#1", "a", None), ("b#0-4000#2", "b", None), ("c#0", "c", None))

    assert unlabelled_lines(table, "train") == [
        "train: 3 of 4 rows have no label, 2 of them of faces beside a clip's main one: they are left out",
    ]


def test_clips_without_a_label_are_no_faces_beside():
    table = _identity(("a", "a", None), ("b", "b", "sad"))

    assert unlabelled_lines(table, "compare") == ["compare: 1 of 2 rows have no label: they are left out"]


def test_where_all_have_a_label_nothing_is_said():
    assert not unlabelled_lines(_identity(("a", "a", "sad")), "compare")


def _fold(*train: int) -> Fold:
    return Fold("", {"train": np.array(train), "test": np.arange(14)})


def test_emotions_that_are_in_test_alone_are_named():
    assert absent_lines(CLIPS, [_fold(0, 1, 2, 3, 4, 7)], "compare") == ["compare: no clip of sad, surprise to learn from"]


def test_an_emotion_that_one_fold_lacks_is_named():
    folds = [_fold(*range(7)), _fold(*range(1, 7))]

    assert absent_lines(CLIPS, folds, "compare") == ["compare: no clip of angry to learn from in at least one fold"]


def test_where_every_fold_has_all_emotions_nothing_is_said():
    assert not absent_lines(CLIPS, [_fold(*range(7)), _fold(*range(7, 14))], "compare")
