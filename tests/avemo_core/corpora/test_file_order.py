from collections import Counter
from itertools import groupby

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from avemo_core.corpora.file_order import by_file
from schemas.clips import CLIPS

RANGES = st.lists(st.tuples(st.sampled_from("abcdef"), st.none() | st.integers(0, 9).map(float)))


def table(*ranges: tuple[str, float | None]) -> pa.Table:
    rows = [{"clip_id": str(place), "path": path, "start_s": start_s} for place, (path, start_s) in enumerate(ranges)]
    return pa.Table.from_pylist(rows, schema=CLIPS)


def test_ranges_of_a_file_come_by_their_start_where_the_file_first_comes():
    ordered = by_file(table(("b", 3.0), ("a", None), ("b", 1.0), ("c", 0.0), ("a", 5.0), ("b", None), ("b", 1.0)))

    assert ordered["clip_id"].to_pylist() == ["5", "2", "6", "0", "1", "4", "3"]


def test_a_table_without_a_path_that_comes_twice_stays_as_it_is():
    clips = table(("z", 3.0), ("a", 1.0), ("m", None))

    assert by_file(clips) is clips


@given(RANGES)
def test_every_row_is_there_once_and_every_file_in_one_piece(ranges: list[tuple[str, float | None]]):
    clips = table(*ranges)

    ordered = by_file(pa.concat_tables([clips.slice(0, 3), clips.slice(3)]))

    assert Counter(map(str, ordered.to_pylist())) == Counter(map(str, clips.to_pylist()))
    pieces = [path for path, _ in groupby(ordered["path"].to_pylist())]
    assert pieces == list(dict.fromkeys(path for path, _ in ranges))
    assert by_file(ordered).equals(ordered)
