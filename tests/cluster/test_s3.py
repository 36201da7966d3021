import errno

import pandas as pd
import pyarrow as pa
import pytest
import s3fs

from avemo_core.errors import ConfigError, TableError, TableLocked
from cluster.storage.location import open_folder
from cluster.tables.existing import check_table
from cluster.tables.parts import read, row_groups
from cluster.tables.paths import sibling
from cluster.tables.rejects import Rejected
from cluster.tables.run_record import RunCounts
from cluster.tables.staging import Staging
from cluster.tables.table import open_table
from schemas.rejects import Reason
from tests.cluster.store import FaultyProxy, no_fault, now_and_then
from tests.cluster.stub import SCHEMA, clips, rows

pytestmark = pytest.mark.slow


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avemo_core.runtime.retries.WAITS_S", (0.1,) * 8)


def test_a_table_on_s3_is_read_by_plain_pandas(s3: str):
    with open_table(s3, SCHEMA, {}) as table:
        table.publish(table.staging.write(pa.concat_tables([rows("a"), rows("b")])))
        table.publish_rejects([Rejected(source_id="c", uri="s3://x/c", stage="read", reason=Reason.MISSING, detail="gone")])
        table.close(RunCounts(done=2), "done")

    assert sorted(pd.read_parquet(s3).source_id) == ["a", "b"]
    assert read(s3, ["source_id"], SCHEMA).num_rows == 2
    assert [group.num_rows for group in row_groups(s3)] == [2]


def test_parts_are_alone_in_their_folder_and_all_else_lies_in_its_sibling(s3: str):
    with open_table(s3, SCHEMA, {}) as table:
        table.publish(table.staging.write(rows("a")))
        table.staging.write(rows("lost"))
    with open_table(s3, SCHEMA, {}) as table:
        table.close(RunCounts(), "done")

    parts, others = ([name.split("/", 2)[2] for name in s3fs.S3FileSystem().find(place)] for place in (s3, sibling(s3)))
    assert {name.split("-")[0] for name in parts} == {"part"}
    assert {name.split("/")[0] for name in others} == {"log", "rejects", "run.json"}


def test_the_lock_of_an_s3_table_is_exclusive(s3: str):
    with open_table(s3, SCHEMA, {}), pytest.raises(TableLocked), open_table(s3, SCHEMA, {}):
        pass


def test_a_lock_cannot_be_created_over_another(s3: str):
    folder = open_folder(s3)

    assert folder.create("lock", b"first")
    assert not folder.create("lock", b"second")
    assert folder.read("lock") == b"first"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("AWS_SECRET_ACCESS_KEY", "wrong"), ("AWS_ACCESS_KEY_ID", "nobody")],
    ids=["wrong secret", "unknown key"],
)
def test_an_output_that_may_not_be_used_is_a_request_that_makes_no_sense(
    s3: str, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(variable, value)
    s3fs.S3FileSystem.clear_instance_cache()

    with pytest.raises(ConfigError, match="cannot be used as an output"):
        check_table(s3, SCHEMA, {})


def test_a_bucket_that_is_not_there_is_said(s3: str, monkeypatch: pytest.MonkeyPatch):
    def missing(_self: object, *_arguments: object, **_options: object) -> None:
        raise FileNotFoundError("The specified bucket does not exist")

    monkeypatch.setattr(s3fs.S3FileSystem, "pipe_file", missing)

    with pytest.raises(ConfigError, match="no such bucket"), open_table(s3, SCHEMA, {}):
        pass


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("kind", ["503", "cut", "refuse"])
def test_a_store_that_fails_now_and_then_loses_and_doubles_nothing(s3: str, proxy: FaultyProxy, kind: str):
    proxy.fault = now_and_then(kind, share=0.15)

    with open_table(s3, SCHEMA, {}) as table:
        for item in clips(16):
            table.publish(table.staging.write(rows(item.source_id)))
        done = table.done()

    assert proxy.faults > 5
    assert done == {item.source_id for item in clips(16)}
    assert read(s3).num_rows == 16


def test_a_write_that_is_always_cut_is_never_seen(s3: str, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("avemo_core.runtime.retries.WAITS_S", (0.1,))
    proxy.fault = now_and_then("cut", share=1.0, methods="PUT")

    with pytest.raises(TableError, match="cannot write"):
        Staging(s3, SCHEMA).write(rows("a", 1000))

    proxy.fault = no_fault
    assert open_folder(sibling(s3)).entries("staging") == []


def test_a_store_that_refuses_is_not_asked_again(s3: str, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    def refuse(_self: object, path: str, *_arguments: object, **_options: object) -> None:
        asked.append(path)
        raise PermissionError(errno.EACCES, "Access Denied")

    monkeypatch.setattr(s3fs.S3FileSystem, "pipe_file", refuse)

    with pytest.raises(TableError, match="Access Denied"):
        open_folder(s3).write("x", b"")
    assert len(asked) == 1


@pytest.mark.parametrize("megabytes", [40, 130])
def test_a_source_beyond_a_part_is_streamed_to_its_own_object(s3: str, megabytes: int):
    tables = (rows("long", 10, values=26_000) for _ in range(megabytes))

    with open_table(s3, SCHEMA, {}) as table:
        staged = table.staging.write_stream("long", tables)
        table.publish(staged)

    assert open_folder(s3).entries()[-1].size_bytes == staged.size_bytes
    assert read(s3, ["clip_id"]).num_rows == 10 * megabytes
