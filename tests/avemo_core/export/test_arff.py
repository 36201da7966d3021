from pathlib import Path

import numpy as np
import pandas as pd
from scipy.io import arff

from avemo_core.export.formats import Exported, Format
from schemas.emotions import EMOTIONS
from schemas.predictions import PROBABILITIES
from tests.avemo_core.export.written import HOSTILE, Row, table, write
from tests.avemo_core.report.made import replaced

ROWS = replaced(
    table(
        Row(clip=HOSTILE, subject=HOSTILE, confidence=0.1),
        Row(clip="b", emotion="sad", confidence=float("nan")),
        Row(clip="c", range_s=(1.04, 1.08)),
    ),
    label=["happy", None, "fear"],
    split=["train", None, "test"],
)


def test_scipy_reads_equal_values(tmp_path: Path):
    exported = write(ROWS, Format.ARFF, tmp_path)

    data, meta = arff.loadarff(tmp_path / "predictions.arff")

    assert exported == Exported(rows=3, files=2)
    assert meta.names() == ["row", "start_s", "stop_s", "confidence", *PROBABILITIES, "split", "predicted", "label"]
    assert (meta["label"], meta["p_sad"]) == (("nominal", EMOTIONS), ("numeric", None))
    for name in ("start_s", "stop_s"):
        np.testing.assert_array_equal(data[name], np.asarray(ROWS.column(name)))
    for name in ("confidence", *PROBABILITIES):
        np.testing.assert_array_equal(data[name].astype(np.float32), np.asarray(ROWS.column(name)))
    assert data["predicted"].tolist() == [b"happy", b"sad", b"happy"]


def test_what_is_unknown_is_a_question_mark(tmp_path: Path):
    write(ROWS, Format.ARFF, tmp_path)

    data, _ = arff.loadarff(tmp_path / "predictions.arff")
    assert data["label"].tolist() == [b"happy", b"?", b"fear"]
    assert data["split"].tolist() == [b"train", b"?", b"test"]
    assert np.isnan(data["confidence"]).tolist() == [False, True, False]


def test_a_rows_clip_stands_in_the_file_beside_it(tmp_path: Path):
    write(ROWS, Format.ARFF, tmp_path)

    data, _ = arff.loadarff(tmp_path / "predictions.arff")
    ids = pd.read_csv(tmp_path / "rows.csv")
    assert ids["row"].tolist() == data["row"].tolist() == [1, 2, 3]
    assert ids["clip_id"].tolist() == [HOSTILE, "b", "c"]
    assert ids["subject"].fillna("").tolist() == [HOSTILE, "", ""]


def test_a_table_without_rows_is_a_header(tmp_path: Path):
    write(ROWS.slice(0, 0), Format.ARFF, tmp_path)

    data, meta = arff.loadarff(tmp_path / "predictions.arff")
    assert (len(data), len(meta.names())) == (0, 14)
