"""Tables of one's own: what each program writes is recognised, and what cannot be used is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import ConfigError
from avemo_core.own_tables.reading import read

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
SMILE_CSV = "name;frameTime;F0_sma;loudness_sma3\n'one';0.000000;110.5;0.25\n'one';0.010000;111.5;0.5\n'two';0.000000;220.0;0.1\n"
SMILE_ARFF = """@relation openSMILE
@attribute name string
@attribute frameTime numeric
@attribute F0_sma numeric
@attribute class numeric
@data
'one.wav',0.0,110.5,?
'one.wav',0.01,111.5,?
"""
SMILE_PYTHON = """file,start,end,Loudness
/data/one.wav,0 days 00:00:00,0 days 00:00:00.020000,0.5
/data/one.wav,0 days 00:00:00.010000,0 days 00:00:00.030000,0.6
"""


def written(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return str(path)


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
