"""Folders, locks and tables on real servers of each kind of store."""

import threading

import pandas as pd
import pyarrow as pa
import pytest

from avemo_core.errors import TableLocked
from cluster.storage.folder import Entry
from cluster.storage.location import open_folder
from cluster.storage.lock import Lock
from cluster.tables.parts import read
from cluster.tables.paths import sibling
from cluster.tables.table import open_table
from tests.cluster.store import now_and_then
from tests.cluster.stub import SCHEMA, clips, rows
from tests.stores.servers import Store

# With one request in ten failing, Azure takes a minute and a half.
pytestmark = pytest.mark.timeout(900)


def test_what_was_written_under_an_odd_key_is_read_listed_moved_and_dropped(store: Store):
    folder = open_folder(store.location)
    assert (folder.entries(), folder.subfolders(), folder.tree(), folder.read("none")) == ([], [], [], None)
    folder.write("b c+%.txt", b"four")
    folder.write("sub dir/ä.bin", b"five5")

    assert folder.entries() == [Entry(name="b c+%.txt", size_bytes=4)]
    assert folder.entries("sub dir") == [Entry(name="sub dir/ä.bin", size_bytes=5)]
    assert folder.subfolders() == ["sub dir"]
    assert folder.tree() == ["b c+%.txt", "sub dir/ä.bin"]
    with folder.open(folder.entries()[0]) as file:
        assert file.read() == b"four"

    folder.move("sub dir/ä.bin", "b c+%.txt")
    assert (folder.tree(), folder.read("b c+%.txt")) == (["b c+%.txt"], b"five5")

    folder.write("sub dir/deep/x", b"")
    folder.drop("sub dir")
    folder.delete("not there")
    assert folder.tree() == ["b c+%.txt"]


def test_an_object_beyond_a_part_is_streamed_and_read_in_ranges(store: Store):
    folder, block = open_folder(store.location), bytes(range(256)) * 4096
    with folder.stream("long") as sink:
        for _ in range(70):
            sink.write(block)

    (entry,) = folder.entries()
    assert entry.size_bytes == 70 * 2**20
    with folder.open(entry) as file:
        file.seek(65 * 2**20 + 3)
        assert file.read(5) == block[3:8]


def test_of_eight_runs_at_once_one_gets_the_lock(store: Store):
    outcomes: list[str] = []
    locks = [Lock(open_folder(store.location)) for _ in range(8)]

    def take(lock: Lock) -> None:
        try:
            lock.acquire()
            outcomes.append("held")
        except TableLocked:
            outcomes.append("refused")

    threads = [threading.Thread(target=take, args=(lock,)) for lock in locks]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    [lock.release() for lock in locks]

    assert sorted(outcomes) == ["held", *["refused"] * 7]
    assert locks[0].about == {}
    assert open_folder(store.location).entries() == []


def test_a_table_is_read_by_plain_pandas(store: Store):
    with open_table(store.location, SCHEMA, {}) as table:
        table.publish(table.staging.write(pa.concat_tables([rows("a"), rows("b")])))
        table.staging.write(rows("lost"))
    with open_table(store.location, SCHEMA, {}) as table:
        done = table.done()

    assert done == {"a", "b"}
    assert sorted(pd.read_parquet(store.location).source_id) == ["a", "b"]
    assert open_folder(sibling(store.location)).entries("staging") == []


@pytest.mark.parametrize("kind", ["503", "cut", "refuse"])
def test_a_store_that_fails_now_and_then_loses_and_doubles_nothing(store: Store, kind: str):
    store.proxy.fault = now_and_then(kind, share=0.1)

    with open_table(store.location, SCHEMA, {}) as table:
        for item in clips(8):
            table.publish(table.staging.write(rows(item.source_id)))
        done = table.done()

    assert store.proxy.faults > 1
    assert done == {item.source_id for item in clips(8)}
    assert read(store.location).num_rows == 8
