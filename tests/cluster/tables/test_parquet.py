from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cluster.tables.parquet import encode, group_rows
from schemas.columns import differences
from schemas.features import schema

SCHEMA = schema(appearance=3, audio=2)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    columns = {name: [None] for name in ("label", "split", "subject", "decoded_share", "fault", "sound_track")}
    columns |= {name: ["x"] for name in ("clip_id", "source_id", "uri", "content_sha256", "feature_set")}
    columns |= {name: [1.0] for name in ("start_s", "stop_s", "duration_s", "face_coverage", "audio_coverage")}
    columns |= {
        "frame_time_s": [[0.0, 0.1]],
        "has_face": [[True, False]],
        "face_box": [[[0.5] * 4] * 2],
        "shape": [[[0.5] * 98] * 2],
        "appearance": [[[0.25] * 3] * 2],
    }
    columns |= {"audio_time_s": [[0.0]], "audio": [[[1e15, -2.0]]], "faces_max": [1]}
    (tmp_path / "part-1.parquet").write_bytes(encode(pa.table(columns, schema=SCHEMA)))
    return tmp_path / "part-1.parquet"


@pytest.mark.parametrize(
    "values",
    [
        lambda part: pd.read_parquet(part).audio[0][0].tolist(),
        lambda part: pl.read_parquet(part)["audio"][0][0].to_list(),
        lambda part: list(duckdb.sql(f"select audio from '{part}'").fetchall()[0][0][0]),  # noqa: S608 - our own path
    ],
    ids=["pandas", "polars", "duckdb"],
)
def test_any_reader_reads_the_values(part: Path, values: Callable[[Path], list[float]]):
    assert values(part) == pytest.approx([1e15, -2.0])


def test_values_have_no_dictionary_and_strings_have(part: Path):
    group = pq.ParquetFile(part).metadata.row_group(0)
    encodings = {group.column(index).path_in_schema.split(".")[0]: group.column(index).encodings for index in range(group.num_columns)}

    assert "RLE_DICTIONARY" in encodings["uri"]
    assert "RLE_DICTIONARY" not in encodings["appearance"]
    assert "BYTE_STREAM_SPLIT" in encodings["audio"]
    assert {group.column(index).compression for index in range(group.num_columns)} == {"ZSTD"}


def test_columns_come_back_with_their_types_units_and_meanings(part: Path):
    found = pq.read_schema(part)

    assert differences(SCHEMA, found) == []
    assert [field.metadata.get(b"unit") for field in found] == [field.metadata[b"unit"] for field in SCHEMA]


@pytest.mark.parametrize(
    ("bytes_a_row", "least", "most"), [(80_000, 200, 210), pytest.param(40_000_000, 1, 1, marks=pytest.mark.slow), (100, 140_000, 210_000)]
)
def test_row_groups_hold_sixteen_megabytes_and_at_least_a_row(bytes_a_row: int, least: int, most: int):
    table = pa.table({"values": pa.array([[1.0] * (bytes_a_row // 8)] * 10)})

    assert least <= group_rows(table) <= most


def test_scalars_are_plain_so_that_older_readers_take_them(part: Path):
    group = pq.ParquetFile(part).metadata.row_group(0)
    scalars = [group.column(index) for index in range(group.num_columns) if group.column(index).path_in_schema == "face_coverage"]

    assert ["BYTE_STREAM_SPLIT" in column.encodings for column in scalars] == [False]


def test_rows_of_a_part_are_sorted_by_split_then_clip_and_its_pages_are_indexed():
    split = ["val", "train", None, "train"]
    table = pa.table({"clip_id": ["d", "c", "a", "b"], "split": pa.array(split, pa.string()), "value": [1, 2, 3, 4]})

    file = pq.ParquetFile(pa.BufferReader(encode(table)))

    assert file.read()["clip_id"].to_pylist() == ["b", "c", "d", "a"]
    assert file.metadata.row_group(0).column(0).has_column_index
    assert file.metadata.row_group(0).column(0).has_offset_index
