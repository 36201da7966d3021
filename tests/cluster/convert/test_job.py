"""A table of version 0.1.0 becomes one of today with the same rows; tests/version1 holds such tables."""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import ConfigError, TableLocked
from cluster.convert.job import ConvertOptions, convert
from cluster.extract.dry_run import dry_run_of
from cluster.storage.location import open_folder
from cluster.storage.lock import Lock
from cluster.tables.existing import check_table
from cluster.tables.feature_table import provenance_of
from cluster.tables.parts import read
from cluster.tables.rejects import read_rejects
from cluster.tables.run_record import read_record
from schemas import features, predictions
from schemas.clips import CLIPS
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
    assert found[["decoded_share", "fault", "sound_track", "face_box"]].isna().all(axis=None)
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
    assert read_record(str(new)).about["converted"]["from"] == str(VERSION1 / "features")


def test_a_model_does_not_carry_where_its_features_were_converted_from(tmp_path: Path):
    assert provenance_of(str(converted("features", tmp_path))) == provenance_of(str(VERSION1 / "features"))


def test_a_second_conversion_has_nothing_to_do_and_changes_nothing(tmp_path: Path):
    new = converted("features", tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in new.iterdir()}

    again = convert(ConvertOptions(table=str(VERSION1 / "features"), out=str(new)))

    assert {path.name: path.stat().st_mtime_ns for path in new.iterdir()} == before
    assert again.rows == len(rows(new))


def test_rows_of_which_the_new_table_has_some_come_over_once(tmp_path: Path):
    """A conversion was cut short, and a run of extract went on: its parts hold other sources together than the old ones."""
    new = converted("features", tmp_path)
    part = max(new.iterdir(), key=lambda path: pq.read_metadata(path).num_rows)
    pq.write_table(pq.read_table(part).slice(1), part, use_dictionary=False)

    convert(ConvertOptions(table=str(VERSION1 / "features"), out=str(new)))

    assert rows(new)["clip_id"].tolist() == rows(VERSION1 / "features")["clip_id"].tolist()


def test_an_output_that_would_hold_rows_twice_is_refused(tmp_path: Path):
    shutil.copytree(VERSION1 / "features", tmp_path / "shards" / "share-00001-of-00001")
    whole = converted("features", tmp_path)
    convert(ConvertOptions(table=str(tmp_path / "shards"), out=str(tmp_path / "sharded")))

    with pytest.raises(ConfigError, match="a whole table already"):
        convert(ConvertOptions(table=str(tmp_path / "shards"), out=str(whole)))
    with pytest.raises(ConfigError, match="it holds shards"):
        convert(ConvertOptions(table=str(VERSION1 / "features"), out=str(tmp_path / "sharded")))


def test_statistics_that_are_there_already_stay(tmp_path: Path):
    new = converted("predictions-best", tmp_path)
    (beside(new) / "subjects.parquet").write_bytes(b"more by now")

    convert(ConvertOptions(table=str(VERSION1 / "predictions-best"), out=str(new)))

    assert (beside(new) / "subjects.parquet").read_bytes() == b"more by now"


def test_a_shard_whose_clips_are_all_rejects_comes_over_with_them(tmp_path: Path):
    for index in (1, 2):
        shutil.copytree(VERSION1 / "features", tmp_path / "old" / f"share-0000{index}-of-00002")
    for part in (tmp_path / "old" / "share-00001-of-00002").glob("part-*"):
        part.unlink()

    done = convert(ConvertOptions(table=str(tmp_path / "old"), out=str(tmp_path / "new")))

    assert done.rows == len(rows(VERSION1 / "features"))
    assert (tmp_path / "new.avemo" / "share-00001-of-00002" / "run.json").exists()


def test_a_table_that_a_run_is_writing_is_refused(tmp_path: Path):
    old = tmp_path / "old"
    shutil.copytree(VERSION1 / "half-done", old)
    (old / "_lock").unlink()

    lock = Lock(open_folder(str(tmp_path / "elsewhere")))
    lock.acquire()
    shutil.copy(tmp_path / "elsewhere" / "lock", old / "_lock")

    with pytest.raises(TableLocked, match=f"process {os.getpid()} is writing it"):
        convert(ConvertOptions(table=str(old), out=str(tmp_path / "new")))
    lock.release()


@pytest.mark.parametrize("scored", [True, False], ids=["scored", "killed before scoring"])
def test_predictions_made_from_clips_bring_their_features_along(tmp_path: Path, *, scored: bool):
    """`score --clips` goes on with them in the sibling, and extracts nothing again."""
    old, new = tmp_path / "old", tmp_path / "new"
    if scored:
        shutil.copytree(VERSION1 / "predictions-best", old)
    shutil.copytree(VERSION1 / "features", old / "_features")

    with pytest.raises(ConfigError, match=r"avemo 0\.1\.0"):
        check_table(str(old), predictions.PREDICTIONS, {})
    convert(ConvertOptions(table=str(old), out=str(new)))

    assert rows(beside(new) / "features")["clip_id"].tolist() == rows(VERSION1 / "features")["clip_id"].tolist()
    assert read_record(str(beside(new) / "features")).fingerprint == read_record(str(VERSION1 / "features")).fingerprint
    assert new.exists() == scored


def test_shards_stay_shards(tmp_path: Path):
    shutil.copytree(VERSION1 / "features", tmp_path / "old" / "share-00001-of-00001")

    done = convert(ConvertOptions(table=str(tmp_path / "old"), out=str(tmp_path / "new")))

    assert done.rows == read(str(tmp_path / "new")).num_rows == len(pd.read_parquet(tmp_path / "new"))
    assert (tmp_path / "new.avemo" / "share-00001-of-00001" / "run.json").exists()


def test_half_done_predictions_are_refused_for_writing_and_go_on_once_they_are_converted(tmp_path: Path):
    shutil.copytree(VERSION1 / "half-done-predictions", tmp_path / "old")
    fingerprint = read_record(str(tmp_path / "old")).fingerprint
    schema = predictions.PREDICTIONS

    with pytest.raises(ConfigError, match=r"(?s)avemo 0\.1\.0.*python jobs/convert\.py --table .*/old --out NEW"):
        check_table(str(tmp_path / "old"), schema, fingerprint)
    convert(ConvertOptions(table=str(tmp_path / "old"), out=str(tmp_path / "new")))

    known = pq.read_table(VERSION1 / "features", columns=["clip_id", "uri", "label", "split", "subject"])
    clips = pa.Table.from_pylist(known.rename_columns(["clip_id", "path", "label", "split", "subject"]).to_pylist(), CLIPS)
    assert check_table(str(tmp_path / "new"), schema, fingerprint) is not None
    assert dry_run_of(clips, str(tmp_path / "new"), retry_rejects=False).done == len(rows(tmp_path / "old"))


@pytest.mark.parametrize(("out", "message"), [("same", "the table itself"), ("new", "expected a table that avemo 0.1.0 wrote")])
def test_what_needs_no_conversion_is_refused(tmp_path: Path, out: str, message: str):
    new = converted("features", tmp_path)
    target = {"same": str(VERSION1 / "features"), "new": str(tmp_path / "newer")}[out]
    source = {"same": str(VERSION1 / "features"), "new": str(new)}[out]

    with pytest.raises(ConfigError, match=message):
        convert(ConvertOptions(table=source, out=target))
