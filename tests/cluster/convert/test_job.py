"""A table of version 0.1.0 becomes one of today with the same rows; tests/version1 holds such tables."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import ConfigError
from cluster.convert.job import ConvertOptions, convert
from cluster.extract.dry_run import dry_run_of
from cluster.tables.existing import check_table
from cluster.tables.feature_table import provenance_of
from cluster.tables.parts import read
from cluster.tables.rejects import read_rejects
from cluster.tables.run_record import read_record
from schemas import features, predictions
from schemas.columns import differences
from tests.cluster.beside import beside

VERSION1 = Path(__file__).parents[2] / "version1"


def rows(table: Path | str) -> pd.DataFrame:
    return pd.read_parquet(table).sort_values("clip_id", ignore_index=True)


def values(frame: pd.DataFrame, column: str) -> list[list[float]]:
    return [np.stack(cell).astype(np.float64).ravel().tolist() for cell in frame[column]]


def converted(name: str, folder: Path) -> Path:
    convert(ConvertOptions(table=str(VERSION1 / name), out=str(folder / "new")))
    return folder / "new"


def test_features_come_over_value_for_value_and_appearance_becomes_float32(tmp_path: Path):
    new = converted("features", tmp_path)

    old, found = rows(VERSION1 / "features"), rows(new)
    pd.testing.assert_frame_equal(
        found[["clip_id", "label", "split", "duration_s", "feature_set"]], old[["clip_id", "label", "split", "duration_s", "feature_set"]]
    )
    assert [values(found, name) for name in ("shape", "appearance", "audio")] == [
        values(old, name) for name in ("shape", "appearance", "audio")
    ]
    stored = pq.read_schema(next(new.glob("part-*")))
    width = stored.field("appearance").type.value_type.list_size
    assert differences(features.schema(width, 901), stored) == []


def test_predictions_come_over_with_their_subjects_and_say_who_has_sound(tmp_path: Path):
    new = converted("predictions-best", tmp_path)

    old, found = rows(VERSION1 / "predictions-best"), rows(new)
    pd.testing.assert_frame_equal(found[list(predictions.PROBABILITIES)], old[list(predictions.PROBABILITIES)])
    assert found["has_sound"].tolist() == old["alignment"].notna().tolist()
    assert (beside(new) / "subjects.parquet").read_bytes() == (VERSION1 / "predictions-best" / "_subjects.parquet").read_bytes()


def test_the_folder_holds_parts_alone_and_the_sibling_the_rest(tmp_path: Path):
    new = converted("features", tmp_path)

    assert {path.name.split("-")[0] for path in new.iterdir()} == {"part"}
    assert read_rejects(str(new)).equals(read_rejects(str(VERSION1 / "features")))
    assert read_record(str(new)).fingerprint == read_record(str(VERSION1 / "features")).fingerprint
    assert provenance_of(str(new))["about"]["converted"]["from"] == str(VERSION1 / "features")


def test_a_second_conversion_has_nothing_to_do_and_changes_nothing(tmp_path: Path):
    new = converted("features", tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in new.iterdir()}

    again = convert(ConvertOptions(table=str(VERSION1 / "features"), out=str(new)))

    assert {path.name: path.stat().st_mtime_ns for path in new.iterdir()} == before
    assert again.rows == len(rows(new))


def test_shards_stay_shards(tmp_path: Path):
    shutil.copytree(VERSION1 / "features", tmp_path / "old" / "share-00001-of-00001")

    done = convert(ConvertOptions(table=str(tmp_path / "old"), out=str(tmp_path / "new")))

    assert done.rows == read(str(tmp_path / "new")).num_rows == len(pd.read_parquet(tmp_path / "new"))
    assert (tmp_path / "new.avemo" / "share-00001-of-00001" / "run.json").exists()


def test_a_half_done_table_is_refused_for_writing_and_goes_on_once_it_is_converted(tmp_path: Path):
    shutil.copytree(VERSION1 / "half-done", tmp_path / "old")
    fingerprint = read_record(str(tmp_path / "old")).fingerprint
    schema = features.schema(64, 901)

    with pytest.raises(ConfigError, match=r"(?s)avemo 0\.1\.0.*python jobs/convert\.py --table .*/old --out NEW"):
        check_table(str(tmp_path / "old"), schema, fingerprint)
    convert(ConvertOptions(table=str(tmp_path / "old"), out=str(tmp_path / "new")))

    clips = pq.read_table(VERSION1 / "features").select(["clip_id"]).append_column("path", pq.read_table(VERSION1 / "features")["uri"])
    assert check_table(str(tmp_path / "new"), schema, fingerprint) is not None
    assert dry_run_of(clips, str(tmp_path / "new"), retry_rejects=False).done == len(rows(tmp_path / "old"))


@pytest.mark.parametrize(("out", "message"), [("same", "the table itself"), ("new", "expected a table that avemo 0.1.0 wrote")])
def test_what_needs_no_conversion_is_refused(tmp_path: Path, out: str, message: str):
    new = converted("features", tmp_path)
    target = {"same": str(VERSION1 / "features"), "new": str(tmp_path / "newer")}[out]
    source = {"same": str(VERSION1 / "features"), "new": str(new)}[out]

    with pytest.raises(ConfigError, match=message):
        convert(ConvertOptions(table=source, out=target))
