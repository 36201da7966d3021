import pyarrow as pa

from avemo_core.training.unlabelled import unlabelled_lines


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
