import pyarrow as pa
import pytest

from schemas.row_ids import RowPart, of_other_faces, row_part


@pytest.mark.parametrize(
    ("clip_id", "part"),
    [
        ("a", RowPart()),
        ("a#0", RowPart(face=0)),
        ("a#12", RowPart(face=12)),
        ("a#0-4000", RowPart(is_segment=True)),
        ("a#-20-4000#3", RowPart(is_segment=True, face=3)),
        ("a#b", RowPart()),
        ("b#1", RowPart()),
    ],
)
def test_a_rows_ids_say_which_segment_and_which_face_it_is(clip_id: str, part: RowPart):
    assert row_part(clip_id, "a") == part


@pytest.mark.parametrize("source", ["a", "take#1", "take#0-4000", "take.0-4"])
def test_a_row_of_another_face_is_told_at_once_as_it_is_alone(source: str):
    rests = ("", "#0", "#1", "#12", "#01", "#0-4000", "#0-4000#0", "#0-4000#2", "#-20--5#10", "#b", "#1#2", "x#1")
    ids = [*(source + rest for rest in rests), "b#1", "take#1"]
    rows = pa.table({"clip_id": ids, "source_id": [source] * len(ids)})

    assert of_other_faces(rows).to_pylist() == [bool(row_part(clip_id, source).face) for clip_id in ids]


def test_a_source_named_like_a_face_is_none():
    rows = pa.table({"clip_id": ["take#1", "take#1#0", "take#1#2"], "source_id": ["take#1"] * 3})

    assert of_other_faces(rows).to_pylist() == [False, False, True]
