"""Tables of earlier versions, read as those of today."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import TableError
from avemo_core.reading import read_features, read_predictions, read_rejects
from tests.avemo_core.reading.written import PREDICTIONS, VERSION1, unequal, write
from tests.cluster import generated


@pytest.mark.parametrize("preset", ["paper", "best"])
def test_predictions_of_version_1_are_read(preset: str):
    folder = VERSION1 / f"predictions-{preset}"

    found = read_predictions(folder)

    assert found.columns.tolist() == PREDICTIONS.column_names
    assert found["has_sound"].tolist() == [cell is not None for cell in found["alignment"]]
    assert found[["decoded_share", "fault", "novelty"]].isna().all(axis=None)
    assert unequal(found.drop(columns=["has_sound", "decoded_share", "fault", "novelty"]), pq.read_table(folder).to_pylist()) == []


def test_of_version_1_has_sound_is_read_without_alignment(tmp_path: Path):
    write(tmp_path, PREDICTIONS.drop_columns(["has_sound", "decoded_share", "fault"]))

    found = read_predictions(tmp_path, ["clip_id", "has_sound"])

    assert found.columns.tolist() == ["clip_id", "has_sound"]
    assert found["clip_id"][~found["has_sound"]].tolist() == ["clip-00003"]


def test_what_a_table_of_before_does_not_say_of_its_rows_is_null(tmp_path: Path):
    write(tmp_path, PREDICTIONS.drop_columns(["decoded_share", "fault"]))

    assert read_predictions(tmp_path).columns.tolist() == PREDICTIONS.column_names
    assert read_predictions(tmp_path, ["fault"])["fault"].isna().tolist() == [True] * 12


def test_one_such_column_missing_by_itself_is_damage(tmp_path: Path):
    write(tmp_path, PREDICTIONS.drop_columns("fault"))

    with pytest.raises(TableError, match="fault: expected string, found no such column"):
        read_predictions(tmp_path)


def test_features_of_both_versions_are_float32(tmp_path: Path):
    generated.write_features(generated.rows(28), tmp_path / "features")

    new, old = read_features(tmp_path / "features"), read_features(VERSION1 / "features")

    assert {cell.dtype for frame in (new, old) for name in ("shape", "appearance", "audio") for cell in frame[name]} == {
        np.dtype(np.float32)
    }
    assert unequal(new, generated.rows(28).to_pylist()) == []
    assert (
        unequal(old.drop(columns=["decoded_share", "fault", "sound_track", "face_box"]), pq.read_table(VERSION1 / "features").to_pylist())
        == []
    )


def test_where_features_of_before_do_not_say_where_the_face_was_the_box_is_null(tmp_path: Path):
    rows = generated.rows(2)
    write(tmp_path, rows.drop_columns("face_box"))

    assert read_features(tmp_path)["face_box"].isna().tolist() == [True, True]
    assert read_features(tmp_path).columns.tolist() == rows.column_names
    assert read_features(tmp_path, ["face_box"])["face_box"].isna().tolist() == [True, True]


def test_a_face_box_by_a_name_one_letter_off_is_damage(tmp_path: Path):
    rows = generated.rows(2)
    write(tmp_path, rows.rename_columns([{"face_box": "fabe_box"}.get(name, name) for name in rows.column_names]))

    with pytest.raises(TableError, match="face_box: expected list"):
        read_features(tmp_path)


def test_rejects_of_version_1_are_read():
    assert read_rejects(VERSION1 / "features")["reason"].tolist() == ["decode_failed"]
