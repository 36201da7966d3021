import json
import logging
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from avemo_core.errors import ConfigError, TableError, TableLocked
from cluster.storage.owner import NAME as LOCK
from cluster.tables import parts
from cluster.tables.existing import check_table, recorded
from cluster.tables.rejects import Rejected
from cluster.tables.run_record import RunCounts
from cluster.tables.table import Table, open_table
from schemas.rejects import Reason
from tests.cluster.beside import beside
from tests.cluster.stub import SCHEMA, rows

SETTINGS = {"precision": "float32", "selection": "abc"}


@pytest.fixture
def where(tmp_path: Path) -> Path:
    return tmp_path / "features"


def _publish(table: Table, *source_ids: str) -> None:
    table.publish(table.staging.write(pa.concat_tables([rows(source_id, 2) for source_id in source_ids])))


def _rejected(source_id: str, reason: Reason = Reason.MISSING) -> Rejected:
    return Rejected(source_id=source_id, uri=f"s3://k:s@b/{source_id}", stage="read", reason=reason, detail="https://h/x?sig=1 gone")


def _visible(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_published_rows_are_what_pandas_reads(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        _publish(table, "a", "b")
        _publish(table, "c")
        table.publish_rejects([_rejected("d")])

    assert sorted(pd.read_parquet(where).clip_id) == ["a#0", "a#1", "b#0", "b#1", "c#0", "c#1"]


def test_a_name_whose_bytes_are_no_utf8_is_rejected_with_escapes(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        table.publish_rejects([_rejected("\udcceclip")])

    assert pd.read_parquet(beside(where) / "rejects").source_id.tolist() == [r"\udcceclip"]


def test_staged_rows_are_invisible_and_swept_by_the_next_run(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        table.staging.write(rows("a"))

    with open_table(str(where), SCHEMA, SETTINGS) as table:
        staged = list((beside(where) / "staging").iterdir())
        done = table.done()

    assert _visible(where) == set()
    assert (staged, done) == ([], set())


def test_temporary_files_of_a_killed_run_are_swept(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS):
        (beside(where) / "__run.json.12ab").write_bytes(b"{")

    with open_table(str(where), SCHEMA, SETTINGS):
        left = [path.name for path in beside(where).iterdir() if path.name.startswith("__")]

    assert left == []


def test_done_is_what_the_published_parts_say(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        _publish(table, "a", "b")
        _publish(table, "c")

    next(path for path in where.glob("part-*") if pq.read_table(path)["source_id"][0].as_py() == "c").unlink()

    with open_table(str(where), SCHEMA, SETTINGS) as table:
        assert table.done() == {"a", "b"}


def test_the_same_sources_published_again_replace_their_part(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        _publish(table, "a", "b")
        _publish(table, "b", "a")

    assert len(pd.read_parquet(where)) == 4


def test_other_settings_are_refused_with_both_shown(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS):
        pass

    with pytest.raises(ConfigError, match="precision: this run 'bfloat16', the table 'float32'") as refusal:
        check_table(str(where), SCHEMA, {**SETTINGS, "precision": "bfloat16"})
    assert "selection" not in str(refusal.value)


def test_other_columns_are_refused(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        _publish(table, "a")

    with pytest.raises(ConfigError, match="values: expected no such column"):
        check_table(str(where), SCHEMA.remove(2), SETTINGS)


def test_parquet_files_of_others_are_not_written_among(where: Path):
    where.mkdir()
    pq.write_table(rows("a"), where / "part-0.parquet")

    with pytest.raises(ConfigError, match=r"found Parquet files alone"):
        check_table(str(where), SCHEMA, SETTINGS)


def test_a_file_cannot_be_an_output(tmp_path: Path):
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="cannot be used as an output"):
        check_table(str(tmp_path / "file"), SCHEMA, SETTINGS)


def test_two_runs_at_once_are_refused(where: Path):
    with (
        open_table(str(where), SCHEMA, SETTINGS),
        pytest.raises(TableLocked),
        open_table(str(where), SCHEMA, SETTINGS),
    ):
        pass


def test_a_run_that_lost_its_lock_publishes_nothing(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        (beside(where) / LOCK).unlink()

        with pytest.raises(TableLocked):
            _publish(table, "a")

    assert _visible(where) == set()


def test_a_run_that_fails_says_why_and_releases_the_lock(where: Path):
    with pytest.raises(TableError), open_table(str(where), SCHEMA, SETTINGS):
        raise TableError("cannot read s3://key:secret@bucket/x")

    run = json.loads((beside(where) / "run.json").read_text())["runs"][-1]
    assert (run["outcome"], run["error"]) == ("failed", "TableError: cannot read s3://bucket/x")
    assert not (where / LOCK).exists()


def test_staged_files_that_nobody_asked_for_go_with_the_end_of_the_run(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        table.staging.write(rows("a"))
        table.close(RunCounts(), "done")

    assert list((beside(where) / "staging").iterdir()) == []


def test_a_finished_table_without_rows_has_one_part_with_its_columns(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        table.close(RunCounts(), "done")

    assert list(pd.read_parquet(where).columns) == SCHEMA.names
    assert len(pd.read_parquet(beside(where) / "rejects")) == 0
    assert len(_visible(where)) == 1


def test_the_record_says_how_the_table_was_made_and_what_each_run_did(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS, about={"command": "extract"}) as table:
        _publish(table, "a")
        table.publish_rejects([_rejected("b")])
        table.close(RunCounts(done=1, rows=2, rejected={"missing": 1}, seconds=3.5, stage_seconds={"decode": 2.0}), "done")
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        running = json.loads((beside(where) / "run.json").read_text())["runs"][-1]["outcome"]
        table.close(RunCounts(skipped=2), "done")

    record = recorded(str(where))
    assert record is not None
    assert record.fingerprint == SETTINGS
    assert record.about == {"command": "extract"}
    assert record.versions["python"]
    assert record.totals["rejects"] == {"missing": 1}
    assert [(run["outcome"], run["done"], run["skipped"]) for run in record.runs] == [("done", 1, 0), ("done", 0, 2)]
    assert running == "running"


def test_the_log_of_a_run_is_json_lines_without_credentials(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        _publish(table, "a")
        logging.getLogger("cluster.storage.retries").warning("cannot read s3://key:secret@bucket/x?sig=1")

    (log,) = (beside(where) / "log").iterdir()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["started", "published", "log"]
    assert (lines[1]["sources"], lines[1]["rows"]) == (1, 2)
    assert lines[2]["message"] == "cannot read s3://bucket/x"


def test_a_garbled_record_is_said_and_not_written_over(where: Path):
    beside(where).mkdir()
    (beside(where) / "run.json").write_text("[]")

    with pytest.raises(ConfigError, match="run record"):
        check_table(str(where), SCHEMA, SETTINGS)


def test_rejects_whose_source_has_rows_are_dropped_at_the_next_start(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        table.publish_rejects([_rejected("a"), _rejected("b")])
        _publish(table, "a")

    with open_table(str(where), SCHEMA, SETTINGS) as table:
        assert table.rejected() == {"b"}


def test_a_source_rejected_again_keeps_its_latest_reject(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        table.publish_rejects([_rejected("a"), _rejected("b")])
        table.publish_rejects([_rejected("a", Reason.DEADLINE)])
        table.drop_outdated_rejects(set())

    found = pd.read_parquet(beside(where) / "rejects").set_index("source_id").reason
    assert found.to_dict() == {"a": "deadline", "b": "missing"}


def test_no_credential_reaches_a_reject(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        table.publish_rejects([_rejected("a")])

    found = pd.read_parquet(beside(where) / "rejects").iloc[0]
    assert (found.uri, found.detail) == ("s3://b/a", "https://h/x gone")


def test_a_part_without_rows_stays_harmless_when_rows_follow(where: Path):
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        table.close(RunCounts(), "done")
    with open_table(str(where), SCHEMA, SETTINGS) as table:
        _publish(table, "a")

    assert len(pd.read_parquet(where)) == 2
    assert parts.read(str(where)).num_rows == 2
