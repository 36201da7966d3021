"""The values of a clips table: numbers that are names, times, splits, regions."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avemo_core.corpora.clips_table import clips_of, read_clips
from avemo_core.corpora.table import values
from avemo_core.errors import ConfigError


def csv_of(folder: Path, text: str) -> str:
    (folder / "clips.csv").write_text(text)
    return str(folder / "clips.csv")


def parquet_of(folder: Path, **columns: object) -> str:
    pq.write_table(pa.table({"path": ["a.mp4", "b.mp4", "c.mp4"], **columns}), folder / "clips.parquet")
    return str(folder / "clips.parquet")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["1.0", "2.0", ""], ["1", "2", None]),  # a gap made pandas write floats
        (["01", "02", "10"], ["01", "02", "10"]),
        (["1.0", "2.5", "3.0"], ["1.0", "2.5", "3.0"]),  # not whole: somebody's own names
        (["1.0", "ann", ""], ["1.0", "ann", None]),
        (["10.00", "-3.0", "7"], ["10", "-3", "7"]),
    ],
)
def test_whole_numbers_are_names_without_a_point(tmp_path: Path, written: list[str], read: list[str | None]):
    location = csv_of(tmp_path, "path,subject\n" + "".join(f"{name}.mp4,{value}\n" for name, value in zip("abc", written, strict=True)))

    assert read_clips(location)["subject"].to_pylist() == read


@pytest.mark.parametrize(
    ("column", "read"),
    [
        (pa.array([1, None, 3], pa.int64()), ["1", None, "3"]),
        (pa.array([1.0, None, 3.0], pa.float64()), ["1", None, "3"]),
        (pa.array([2**53 + 1, None, 3], pa.int64()), ["9007199254740993", None, "3"]),  # no float has it
        (pa.array(["01", "1", None]), ["01", "1", None]),
        (pa.array(["x", None, "x"]).dictionary_encode(), ["x", None, "x"]),
    ],
)
def test_numbers_of_a_parquet_file_are_names_too(tmp_path: Path, column: pa.Array, read: list[str | None]):
    assert read_clips(parquet_of(tmp_path, subject=column))["subject"].to_pylist() == read


@pytest.mark.parametrize(
    ("text", "found_s"),
    [
        ("2.5", 2.5),
        ("01:02", 62.0),
        ("1:01:02.250", 3662.25),
        ("00:16:16,059", 976.059),
        ("75:10", 4510.0),
        (" 3 ", 3.0),
        ("nan", None),
        ("0,25", 0.25),
        ("1,500", 1.5),
    ],
)
def test_times_are_seconds_or_clock_times(tmp_path: Path, text: str, found_s: float | None):
    location = csv_of(tmp_path, f'path,start_s\na.mp4,"{text}"\n')

    assert read_clips(location)["start_s"].to_pylist() == [pytest.approx(found_s)]


@given(st.integers(0, 99 * 3600 * 1000))
def test_every_clock_time_to_the_millisecond_comes_back(milliseconds: int):
    text = f"{milliseconds // 3_600_000}:{milliseconds // 60_000 % 60:02}:{milliseconds / 1000 % 60:06.3f}"

    found = values.seconds(pd.Series([text]), "start_s", "x")

    assert found[0] == pytest.approx(milliseconds / 1000, abs=1e-6)


@pytest.mark.parametrize("text", ["1:2:3:4", "1:75:00", "0:61", "12h", "1:00:61", "-1:00"])
def test_what_is_no_time_is_refused_with_its_row(tmp_path: Path, text: str):
    location = csv_of(tmp_path, f"path,start_s\na.mp4,1\nb.mp4,{text}\n")

    with pytest.raises(ConfigError, match=f"start_s is to hold seconds.*row 2 has '{text}'"):
        read_clips(location)


def test_time_spans_of_a_parquet_file_are_seconds(tmp_path: Path):
    column = pa.array([timedelta(seconds=1.5), None, timedelta(minutes=1)], pa.duration("ms"))

    assert read_clips(parquet_of(tmp_path, start_s=column))["start_s"].to_pylist() == [1.5, None, 60.0]


@pytest.mark.parametrize(
    ("word", "split"), [("Train", "train"), ("dev", "val"), (" Validation ", "val"), ("TEST", "test"), ("training", "train")]
)
def test_splits_have_the_names_that_folders_have(tmp_path: Path, word: str, split: str):
    assert read_clips(csv_of(tmp_path, f"path,split\na.mp4,{word}\n"))["split"].to_pylist() == [split]


def test_a_region_reaches_the_clip(tmp_path: Path):
    location = csv_of(tmp_path, 'path,region\na.mp4,"0,0,0.5,1"\nb.mp4,"[0.5, 0, 1, 1]"\nc.mp4,\n')

    regions = [clip.region for clip in clips_of(read_clips(location))]

    assert regions == [(0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0), None]
    assert [
        clip.region for clip in clips_of(read_clips(parquet_of(tmp_path, region=[[0.0, 0.0, 0.5, 1.0], [0.5, 0, 1, 1], None])))
    ] == regions


@pytest.mark.parametrize("region", ["0,0,0.5", "0.5,0,0.5,1", "0,0,640,480", "left", "0,1,1,0", "nan,0,1,1"])
def test_what_is_no_part_of_the_picture_is_refused(tmp_path: Path, region: str):
    with pytest.raises(ConfigError, match=r"region of row 1: expected x0,y0,x1,y1"):
        read_clips(csv_of(tmp_path, f'path,region\na.mp4,"{region}"\n'))
