"""Tables of one's own: what each program writes is recognised, and what cannot be used is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import ConfigError
from avemo_core.own_tables.reading import read
from tests.avemo_core.own_tables.written import SMILE_ARFF, SMILE_CSV, written

OPENFACE = """frame, face_id, timestamp, confidence, success, gaze_0_x, gaze_angle_x, pose_Tx, pose_Rx, x_0, AU01_r, AU45_c
1, 0, 0.000, 0.98, 1, 0.1, 0.25, 12.0, 0.5, 300.1, 1.5, 0.0
2, 0, 0.033, 0.98, 1, 0.1, 0.26, 12.0, 0.5, 300.1, 2.5, 1.0
2, 1, 0.033, 0.98, 1, 0.1, 0.99, 12.0, 0.5, 300.1, 0.5, 1.0
3, 0, 0.067, 0.10, 0, 0.0, 0.00, 0.0, 0.0, 0.0, 0.0, 0.0
"""
FEX = """,frame,time_s,FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,x_0,y_0,Pitch,AU01,happiness,input
0,0,0.00,10,10,80,80,0.99,3.1,4.1,2.5,0.4,0.9,one.mp4
1,1,0.04,,,,,,,,,,,one.mp4
"""
SMILE_PYTHON = """file,start,end,Loudness
/data/one.wav,0 days 00:00:00,0 days 00:00:00.020000,0.5
/data/one.wav,0 days 00:00:00.010000,0 days 00:00:00.030000,0.6
"""


def test_openface_gives_gaze_head_and_action_units_of_the_face_that_is_most_there(tmp_path: Path):
    table = read(str(Path(written(tmp_path, "act/one.csv", OPENFACE)).parent.parent), faces=True)

    rows = table.rows["act/one"]
    assert (table.kind, table.columns) == ("openface", ("gaze_angle_x", "pose_Rx", "AU01_r", "AU45_c"))
    assert {"x_0", "pose_Tx", "gaze_0_x", "timestamp"} <= set(table.left_out)
    assert rows.time_s.tolist() == [0.0, 0.033, 0.067]
    assert rows.is_known.tolist() == [True, True, False]
    np.testing.assert_allclose(rows.vectors[1], [0.26, 0.5, 2.5, 1.0])


def test_py_feat_gives_head_action_units_and_emotions(tmp_path: Path):
    table = read(written(tmp_path, "one.csv", FEX), faces=True)

    (rows,) = table.rows.values()
    assert (table.kind, table.columns) == ("py-feat", ("Pitch", "AU01", "happiness"))
    assert rows.is_known.tolist() == [True, False]


def test_py_feat_without_times_is_told_how_to_give_them(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"add a column time_s, as frame / fps"):
        read(written(tmp_path, "one.csv", FEX.replace("time_s", "approx_time")), faces=True)


@pytest.mark.parametrize(("name", "content"), [("all.csv", SMILE_CSV), ("all.arff", SMILE_ARFF)])
def test_opensmile_names_its_clips_and_times(tmp_path: Path, name: str, content: str):
    table = read(written(tmp_path, name, content), faces=False)

    assert (table.kind, table.columns[0]) == ("opensmile", "F0_sma")
    assert table.rows["one"].time_s.tolist() == [0.0, 0.01]
    assert table.rows["one"].vectors[:, 0].tolist() == [110.5, 111.5]


def test_the_python_packages_steps_lie_in_the_middle_of_their_windows(tmp_path: Path):
    table = read(written(tmp_path, "all.csv", SMILE_PYTHON), faces=False)

    assert table.rows["one"].time_s == pytest.approx([0.01, 0.02])


def test_lists_of_values_in_parquet_and_columns_in_csv_are_the_same_table(tmp_path: Path):
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    plain = pd.DataFrame({"clip_id": ["b", "a", "a"], "time_s": [0.0, 0.5, 0.25]})
    pq.write_table(pa.Table.from_pandas(plain.assign(values=list(values))), tmp_path / "lists.parquet")
    plain.assign(value_0=values[:, 0], value_1=values[:, 1]).to_csv(tmp_path / "columns.csv", index=False)

    lists, columns = (read(str(tmp_path / name), faces=False) for name in ("lists.parquet", "columns.csv"))

    assert lists.rows["a"].time_s.tolist() == [0.25, 0.5]
    assert lists.rows["a"].vectors.tolist() == [[4.0, 5.0], [2.0, 3.0]]
    assert (lists.sha256, lists.agreement) == (columns.sha256, columns.agreement)


def test_other_clips_agree_and_other_columns_do_not(tmp_path: Path):
    one, other, wider = (
        read(written(tmp_path, name, content), faces=False)
        for name, content in (
            ("one.csv", "clip_id,time_s,x\na,0,1\n"),
            ("other.csv", "clip_id,time_s,x\nb,0,2\n"),
            ("wider.csv", "clip_id,time_s,x,y\na,0,1,2\n"),
        )
    )

    assert one.agreement == other.agreement != wider.agreement
    assert one.sha256 != other.sha256


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ("clip_id,x\na,1\n", "expected clip_id, time_s and values, or a table of OpenFace"),
        ("clip_id,time_s\na,1\n", "expected columns of values"),
        ("clip_id,time_s,x\na,,1\n", "row 0: expected a time in seconds"),
        ("clip_id,time_s,x\na,0,\n", "row 0: expected finite values, found NaN"),
        ("clip_id,time_s,x\na,0,1e39\n", r"reach 1e\+39: expected numbers that float32 holds"),
        ("clip_id,time_s,x\na,0,inf\n", "expected numbers that float32 holds"),
        ("clip_id,time_s,x\na,0,1\na,0,2\n", "clip a: the time 0 s comes twice"),
        ("clip_id,time_s,x\na,0,high\n", "x: expected numbers, found 'high'"),
        ("clip_id,time_s,x\n", "expected rows, found none"),
        ("clip_id,time_s,x\na,0,1\n,1,2\n", "row 1: expected a clip in clip_id, found none"),
        ("clip_id,time_s,x\na,0,1,9\na,1,2,9\n", "expected 3 fields in a row, as it has columns, found more"),
        ("clip_id,time_s,x,x \na,0,1,2\n", "the column x comes twice"),
        ("clip_id,time_s,x,x\na,0,1,2\n", "the column x comes twice"),
        ("clip_id,time_s,x\na,soon,1\n", "row 0: expected a time in seconds, found 'soon'"),
        ("clip_id,time_s,x\na,inf,1\n", "row 0: expected a time in seconds, found inf"),
        ("clip_id;time_s;x\na;0;1,5\n", r"x: expected numbers, found '1,5'; write a decimal point, as pandas does: .*decimal=','"),
        ("clip_id;time_s;x\na;0,0;1\na;0,5;2\n", "row 0: expected a time in seconds, found '0,0'; write a decimal point"),
        ("clip_id,time_s,x\na,100,1\na,100.000001,2\n", "clip a: the time 100 s comes twice"),
        ("clip_id,time_s,x\na,1.5e6,1\n", "the time 1.5e\\+06: expected seconds from the file's start"),
        ("clip_id,time_s,x\na,-5,1\n", "the time -5: expected seconds from the file's start"),
        ('clip_id,time_s,values\na,0,"[1, 2]"\n', r"values: expected lists of numbers, as Parquet has them, found '\[1, 2\]'"),
        ("clip_id,time_s,values\na,0,1\n", "values: expected lists of numbers"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_was_expected(tmp_path: Path, content: str, refusal: str):
    with pytest.raises(ConfigError, match=refusal):
        read(written(tmp_path, "table.csv", content), faces=False)


def test_a_table_that_is_not_there_or_is_something_else_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"--audio-table .*cannot be read"):
        read(str(tmp_path / "none.csv"), faces=False)
    with pytest.raises(ConfigError, match=r"cannot be read as \.parquet"):
        read(written(tmp_path, "all.parquet", "no table"), faces=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"expected files \.parquet.*found none"):
        read(str(tmp_path / "empty"), faces=False)


@pytest.mark.parametrize(("values", "found"), [([[1.0], None], "found None"), ([["a"], ["b"]], "could not convert")])
def test_lists_in_parquet_that_hold_no_numbers_are_refused(tmp_path: Path, values: list[object], found: str):
    pq.write_table(pa.table({"clip_id": ["a", "a"], "time_s": [0.0, 1.0], "values": values}), tmp_path / "lists.parquet")

    with pytest.raises(ConfigError, match=rf"values: expected lists of numbers.*{found}"):
        read(str(tmp_path / "lists.parquet"), faces=False)


def test_a_clips_name_is_text_and_a_column_without_a_name_counts_rows(tmp_path: Path):
    table = read(written(tmp_path, "all.csv", ",clip_id,time_s,x\n0,007,0,1\n1,008,0,2\n"), faces=False)

    assert (list(table.rows), table.columns) == (["007", "008"], ("x",))


def test_a_file_alone_is_a_clip_named_as_the_file_and_one_of_a_folder_may_have_no_rows(tmp_path: Path):
    alone = read(written(tmp_path, "one.csv", "time_s,x\n0,1\n"), faces=False)
    written(tmp_path, "silent.csv", "time_s,x\n")

    assert list(alone.rows) == list(read(str(tmp_path), faces=False).rows) == ["one"]


@pytest.mark.parametrize(
    ("start", "end"),
    [((0.0, 0.5), (0.5, 1.0)), (pd.to_timedelta([0, 0.5], "s"), pd.to_timedelta([0.5, 1.0], "s"))],
    ids=["seconds", "timedeltas"],
)
def test_start_and_end_in_seconds_or_timedeltas_and_in_the_index_are_the_same_times(tmp_path: Path, start: object, end: object):
    rows = pd.DataFrame({"file": "/data/one.wav", "start": start, "end": end, "x": [1.0, 2.0]})
    rows.to_csv(tmp_path / "all.csv", index=False)
    rows.set_index(["file", "start", "end"]).to_parquet(tmp_path / "all.parquet")

    found = [read(str(tmp_path / name), faces=False).rows["one"].time_s for name in ("all.csv", "all.parquet")]

    assert np.array(found) == pytest.approx(np.array([[0.25, 0.75]] * 2))


def test_names_in_quotes_with_blanks_or_that_read_na_are_the_clips_tables_own(tmp_path: Path):
    table = read(written(tmp_path, "all.csv", '"clip_id ",time_s,x\n"007",0,1\n a ,0,2\nNA,0,3\n'), faces=False)

    assert list(table.rows) == ["007", "NA", "a"]


def test_whole_numbers_that_parquet_holds_as_floats_are_names_without_a_point(tmp_path: Path):
    pd.DataFrame({"clip_id": [7.0, 8.0], "time_s": [0.0, 0.0], "x": [1.0, 2.0]}).to_parquet(tmp_path / "all.parquet")

    assert list(read(str(tmp_path / "all.parquet"), faces=False).rows) == ["7", "8"]


def test_nan_as_windows_writes_it_in_frames_without_a_face_is_nan(tmp_path: Path):
    content = "frame, timestamp, confidence, success, AU01_r\n1, 0.0, 0.9, 1, 1.5\n2, 0.04, 0, 0, -nan(ind)\n"

    (rows,) = read(written(tmp_path, "one.csv", content), faces=True).rows.values()

    assert rows.is_known.tolist() == [True, False]


def test_a_fex_of_several_videos_names_them_and_of_one_the_file_does(tmp_path: Path):
    two = FEX.replace("1,1,0.04,,,,,,,,,,,one.mp4", "1,0,0.00,,,,,,,,,,,/videos/two.mp4")

    assert list(read(written(tmp_path, "all.csv", two), faces=True).rows) == ["one", "two"]
    assert list(read(written(tmp_path, "act-1.csv", FEX), faces=True).rows) == ["act-1"]


def test_files_of_one_name_in_two_folders_are_refused_with_what_to_add(tmp_path: Path):
    content = SMILE_PYTHON + "/other/one.wav,0 days 00:00:00,0 days 00:00:00.020000,0.7\n"

    with pytest.raises(ConfigError, match=r"/data/one.wav and /other/one.wav are both named one: .*Add a column clip_id"):
        read(written(tmp_path, "all.csv", content), faces=False)


def test_the_value_that_is_no_number_is_the_one_that_is_shown(tmp_path: Path):
    with pytest.raises(ConfigError, match="x: expected numbers, found '2,5'"):
        read(written(tmp_path, "all.csv", "clip_id;time_s;x\na;0;1\na;1;2,5\n"), faces=False)
