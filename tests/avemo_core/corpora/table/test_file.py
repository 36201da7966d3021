"""A user's table as programs write it: encodings, line ends, separators, parts; none loses a column."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.corpora.clips_table import read_clips, understand_clips
from avemo_core.errors import ConfigError

TEXT = "path,label,start_s\nä.mp4,Anger,0.5\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["clips.csv", "clips.tsv", "clips.CSV"])
def test_a_csv_is_read_as_any_program_writes_it(tmp_path: Path, encoding: str, ends: str, separator: str, name: str):
    text = TEXT.replace("\n", ends).replace(",", separator)
    head = b"\xfe\xff" if encoding == "utf-16-be" else b""
    (tmp_path / name).write_bytes(head + text.encode(encoding))

    (row,) = read_clips(str(tmp_path / name)).to_pylist()

    assert (row["path"], row["label"], row["start_s"]) == (f"{tmp_path}/ä.mp4", "angry", 0.5)


def test_a_spreadsheets_line_about_the_separator_is_no_header(tmp_path: Path):
    (tmp_path / "clips.csv").write_text('sep=;\npath;label;start_s\n"a, b.mp4";sad;0,5\n')

    (row,) = read_clips(str(tmp_path / "clips.csv")).to_pylist()

    assert (row["path"], row["label"], row["start_s"]) == (f"{tmp_path}/a, b.mp4", "sad", 0.5)


def test_another_encoding_is_refused_with_its_line(tmp_path: Path):
    (tmp_path / "clips.csv").write_bytes("path,label\na.mp4,sad\nmüller.mp4,sad\n".encode("cp1252"))

    with pytest.raises(ConfigError, match="line 3 is not UTF-8; save the table as UTF-8"):
        read_clips(str(tmp_path / "clips.csv"))


def test_utf_16_that_has_lost_its_mark_is_refused_with_how_to_save_it(tmp_path: Path):
    (tmp_path / "clips.csv").write_bytes("path,label\na.mp4,sad\n".encode("utf-16-le"))

    with pytest.raises(ConfigError, match="line 1 holds a zero byte, as UTF-16 does and what is no text; save the table as UTF-8"):
        read_clips(str(tmp_path / "clips.csv"))


def test_a_table_without_a_header_is_refused_as_that(tmp_path: Path):
    (tmp_path / "clips.csv").write_text("a.mp4,sad\nb.mp4,happy\n")

    with pytest.raises(ConfigError, match=r"its first row has a\.mp4: a table begins with the names of its columns"):
        read_clips(str(tmp_path / "clips.csv"))


def test_parts_of_a_table_have_the_columns_of_all(tmp_path: Path):
    table = tmp_path / "clips.parquet"
    table.mkdir()
    for name in ("_SUCCESS", ".part-0.parquet.crc"):
        (table / name).write_bytes(b"x")
    pq.write_table(pa.table({"path": ["a.mp4"], "subject": pa.nulls(1)}), table / "part-0.parquet")
    pq.write_table(pa.table({"path": ["b.mp4"], "label": ["sad"], "subject": [1]}), table / "part-1.parquet")

    rows = read_clips(str(table)).to_pylist()

    assert [(row["clip_id"], row["label"], row["subject"]) for row in rows] == [("a", None, None), ("b", "sad", "1")]


def test_a_column_that_parts_do_not_agree_on_is_refused(tmp_path: Path):
    table = tmp_path / "clips.parquet"
    table.mkdir()
    pq.write_table(pa.table({"path": ["a.mp4"], "start": [[1.0]]}), table / "part-0.parquet")
    pq.write_table(pa.table({"path": ["b.mp4"], "start": ["1"]}), table / "part-1.parquet")

    with pytest.raises(ConfigError, match="cannot read the clips table"):
        read_clips(str(table))


def test_a_folder_without_parts_is_refused(tmp_path: Path):
    (tmp_path / "clips.parquet").mkdir()

    with pytest.raises(ConfigError, match="a folder without parts of a table"):
        read_clips(str(tmp_path / "clips.parquet"))


def test_a_column_that_comes_twice_is_refused_by_its_name(tmp_path: Path):
    pq.write_table(pa.Table.from_arrays([pa.array(["a.mp4"])] * 2, ["path", "path"]), tmp_path / "clips.parquet")

    with pytest.raises(ConfigError, match="two columns are called path"):
        read_clips(str(tmp_path / "clips.parquet"))


def test_a_folder_that_is_called_csv_is_refused_with_what_may_be_given(tmp_path: Path):
    (tmp_path / "clips.csv").mkdir()

    with pytest.raises(ConfigError, match=r"it is a folder.*ends in \.parquet"):
        read_clips(str(tmp_path / "clips.csv"))


def test_categories_times_decimals_and_durations_of_a_parquet_file_are_what_they_say(tmp_path: Path):
    table = pa.table(
        {
            "path": pa.array(["a.mp4", "b.mp4"]).dictionary_encode(),
            "label": pa.array(["Anger", None]).dictionary_encode(),
            "subject": pa.array([1, None]).cast(pa.decimal128(21, 2)),
            "start": pa.array([1_500, None], pa.duration("ms")),
            "end": pa.array([62_500_000, 4_000_000], pa.time64("us")),
            "region": [[0.0, 0.0, 0.5, 1.0], [float("nan")] * 4],
        }
    )
    pq.write_table(table, tmp_path / "clips.parquet")

    first, second = understand_clips(str(tmp_path / "clips.parquet")).table.drop_columns(["path", "split"]).to_pylist()

    half = [0.0, 0.0, 0.5, 1.0]
    assert first == {"clip_id": "a:1.5-62.5", "label": "angry", "subject": "1", "start_s": 1.5, "stop_s": 62.5, "region": half}
    assert second == {"clip_id": "b:0-4", "label": None, "subject": None, "start_s": None, "stop_s": 4.0, "region": None}
