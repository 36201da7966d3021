from pathlib import Path

import numpy as np
import pandas as pd

from avemo_core.export.formats import Exported, Format
from schemas.predictions import PROBABILITIES
from tests.avemo_core.export.written import HOSTILE, Row, table, write

ROWS = table(
    Row(clip=HOSTILE, of="#0-2000#1", peaks_s=(0.4, 1.2), subject=HOSTILE, confidence=0.1),
    Row(clip="b", confidence=float("nan")),
    Row(clip="c", range_s=(1.04, 1.08)),
)


def test_a_line_is_a_row_with_equal_values(tmp_path: Path):
    exported = write(ROWS, Format.CSV, tmp_path)

    read = pd.read_csv(tmp_path / "predictions.csv")

    expected = ROWS.select([name for name in ROWS.column_names if name in read.columns]).to_pandas()
    assert exported == Exported(rows=3, files=2)
    assert read.columns.tolist()[:9] == [
        *("clip_id", "source_id", "label", "split", "subject", "start_s", "stop_s", "predicted", "confidence"),
    ]
    assert read.columns.tolist()[9:] == list(PROBABILITIES)
    numbers = ["confidence", *PROBABILITIES]
    pd.testing.assert_frame_equal(read.astype(dict.fromkeys(numbers, np.float32)), expected[read.columns], check_dtype=False)


def test_an_unknown_number_is_an_empty_field(tmp_path: Path):
    write(ROWS, Format.CSV, tmp_path)

    assert pd.read_csv(tmp_path / "predictions.csv", keep_default_na=False).loc[1, ["confidence", "subject"]].tolist() == ["", ""]


def test_a_row_that_is_not_answered_has_an_empty_emotion_and_no_peaks(tmp_path: Path):
    write(table(Row(clip="a", emotion=None, peaks_s=(0.4,)), Row(clip="b", peaks_s=(0.4,))), Format.CSV, tmp_path)

    assert pd.read_csv(tmp_path / "predictions.csv")["predicted"].isna().tolist() == [True, False]
    assert pd.read_csv(tmp_path / "peaks.csv")["clip_id"].tolist() == ["b"]


def test_peaks_are_a_file_of_their_own(tmp_path: Path):
    write(ROWS, Format.CSV, tmp_path)

    peaks = pd.read_csv(tmp_path / "peaks.csv")
    assert peaks.columns.tolist() == ["clip_id", "emotion", "time_s", "weight"]
    assert peaks[["clip_id", "emotion", "time_s"]].to_numpy().tolist() == [[f"{HOSTILE}#0-2000#1", "happy", time] for time in (0.4, 1.2)]
    weights = np.array(ROWS.column("perception")[0].as_py(), np.float32)[:, 3]
    assert peaks["weight"].astype(np.float32).tolist() == [weights[4], weights[12]]


def test_a_table_without_rows_is_a_header(tmp_path: Path):
    assert write(ROWS.slice(0, 0), Format.CSV, tmp_path) == Exported(rows=0, files=2)

    assert (len(pd.read_csv(tmp_path / "predictions.csv")), len(pd.read_csv(tmp_path / "peaks.csv"))) == (0, 0)
