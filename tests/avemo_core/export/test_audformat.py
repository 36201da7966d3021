import sys
from pathlib import Path

import audformat
import numpy as np
import pandas as pd
import pytest

from avemo_core.errors import ConfigError
from avemo_core.export.formats import Exported, Format
from schemas.emotions import EMOTIONS
from schemas.predictions import PROBABILITIES
from tests.avemo_core.export.written import HOSTILE, Row, table, write
from tests.avemo_core.report.made import MODEL_ID, replaced

ROWS = replaced(
    table(
        Row(of="#0-2000#0", peaks_s=(0.4,), subject=HOSTILE, confidence=0.1),
        Row(of="#0-2000#1", emotion="fear", peaks_s=(0.4, 1.2), subject=HOSTILE),
        Row(of="#2000-4033#0", range_s=(2.0, 4.033), confidence=float("nan")),
        Row(clip=HOSTILE, uri="s3://bucket/Łódź.mp4"),
    ),
    label=["happy", "happy", "happy", None],
)


@pytest.fixture
def database(tmp_path: Path) -> audformat.Database:
    assert write(ROWS, Format.AUDFORMAT, tmp_path) == Exported(rows=4, files=5)
    return audformat.Database.load(str(tmp_path))


def test_the_header_says_what_was_labelled_how_and_by_whom(database: audformat.Database):
    assert set(database.tables) == {"emotion", "emotion.2", "peaks", "peaks.2"}
    assert database.schemes["emotion"].labels == list(EMOTIONS)
    assert (database.raters["model"].type, database.raters["model"].description) == ("machine", MODEL_ID)
    assert (database.raters["truth"].type, database.media["video"].type) == ("ground truth", "video")
    columns = database["emotion"].columns
    assert {name: (columns[name].scheme_id, columns[name].rater_id) for name in ("emotion", "p_sad", "label")} == {
        "emotion": ("emotion", "model"),
        "p_sad": ("probability", "model"),
        "label": ("emotion", "truth"),
    }


def test_a_row_is_a_segment_of_its_file(database: audformat.Database):
    first, second = database["emotion"].df, database["emotion.2"].df

    assert first.index.tolist() == [
        ("../videos/clip.mp4", pd.Timedelta(0), pd.Timedelta(seconds=2)),
        ("../videos/clip.mp4", pd.Timedelta(seconds=2), pd.Timedelta(seconds=4, milliseconds=33)),
        ("s3://bucket/Łódź.mp4", pd.Timedelta(0), pd.Timedelta(seconds=2)),
    ]
    assert first["clip_id"].tolist() == ["clip#0-2000#0", "clip#2000-4033#0", HOSTILE]
    assert (second.index.tolist(), second["emotion"].tolist(), second["clip_id"].tolist()) == (
        [("../videos/clip.mp4", pd.Timedelta(0), pd.Timedelta(seconds=2))],
        ["fear"],
        ["clip#0-2000#1"],
    )


def test_values_are_equal(database: audformat.Database):
    read = pd.concat([database["emotion"].df, database["emotion.2"].df]).set_index("clip_id").loc[ROWS.column("clip_id").to_pylist()]

    for name in ("confidence", *PROBABILITIES):
        np.testing.assert_array_equal(read[name].astype(np.float32), np.asarray(ROWS.column(name)))
    assert read["emotion"].tolist() == ROWS.column("predicted").to_pylist()
    assert [None if pd.isna(label) else label for label in read["label"]] == ROWS.column("label").to_pylist()
    assert [None if pd.isna(speaker) else speaker for speaker in read["speaker"]] == ROWS.column("subject").to_pylist()


def test_peaks_are_moments(database: audformat.Database):
    peaks = pd.concat([database["peaks"].df, database["peaks.2"].df]).reset_index()

    assert (peaks["start"] == peaks["end"]).all()
    assert [(row.clip_id, row.start.total_seconds(), row.emotion) for row in peaks.itertuples()] == [
        ("clip#0-2000#0", 0.4, "happy"),
        ("clip#0-2000#1", 1.2, "fear"),
        ("clip#0-2000#1", 0.4, "fear"),
    ]


def test_a_table_without_rows_is_a_database_without_segments(tmp_path: Path):
    write(ROWS.slice(0, 0), Format.AUDFORMAT, tmp_path)

    database = audformat.Database.load(str(tmp_path))
    assert (len(database["emotion"].df), len(database["peaks"].df)) == (0, 0)


def test_without_the_package_one_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "audformat", None)

    with pytest.raises(ConfigError, match=r"pip install --editable '\.\[audformat\]'"):
        write(ROWS, Format.AUDFORMAT, tmp_path)
