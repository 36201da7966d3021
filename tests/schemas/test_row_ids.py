import pytest

from schemas.row_ids import RowPart, are_beside, row_part


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


def test_a_source_named_like_a_face_is_none():
    assert are_beside(["take#1", "take#1#0", "take#1#2"], ["take#1"] * 3) == [False, False, True]
