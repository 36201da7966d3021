"""The object store of docs/guides/extending.md does what the page says."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import fsspec
import pandas as pd
import pyarrow as pa
import pytest

from cluster.storage.location import open_folder
from cluster.tables.parts import read
from cluster.tables.run_record import RunCounts
from cluster.tables.table import open_table
from tests.cluster import stub
from tests.project.extended import STORE, blocks, changed, output


@pytest.fixture
def shelf(tmp_path: Path) -> str:
    """A location in the page's store, which this process now knows."""
    module = ModuleType("shelf")
    exec(compile(*blocks(STORE, "python shelf.py"), "shelf.py", "exec"), vars(module))  # noqa: S102 - the page's own
    fsspec.register_implementation("shelf", module.ShelfFileSystem, clobber=True)
    return f"shelf://{tmp_path}/table"


def test_of_many_that_create_an_object_at_once_one_succeeds(shelf: str):
    folder = open_folder(shelf)

    with ThreadPoolExecutor(16) as pool:
        created = [list(pool.map(lambda who, lock=lock: folder.create(f"lock-{lock}", str(who).encode()), range(16))) for lock in range(20)]

    assert [sum(tries) for tries in created] == [1] * 20


def test_a_reader_of_an_object_that_is_written_again_and_again_sees_it_whole(shelf: str):
    folder = open_folder(shelf)
    old, new = b"o" * 100_000, b"n" * 100_000
    folder.write("part", old)

    with ThreadPoolExecutor(2) as pool:
        writer = pool.submit(lambda: [folder.write("part", content) for content in [new, old] * 50])
        seen = {folder.read("part") for _ in range(100)}
        writer.result()

    assert seen <= {old, new}


def test_a_table_on_the_store_of_the_page_is_published_and_gone_on_with(shelf: str):
    with open_table(shelf, stub.SCHEMA, {}) as table:
        table.publish(table.staging.write(pa.concat_tables([stub.rows("a"), stub.rows("b")])))
        table.close(RunCounts(done=2), "done")
    with open_table(shelf, stub.SCHEMA, {}) as table:
        done = table.done()

    assert done == {"a", "b"}
    assert sorted(read(shelf)["source_id"].to_pylist()) == ["a", "b"]


@pytest.mark.slow
def test_with_the_pages_change_the_tests_of_a_folder_run_on_the_store(tmp_path: Path):
    checkout = changed(tmp_path, STORE)
    install(checkout)

    printed = output(checkout, "python", "-m", "pytest", "-vv", "tests/cluster/storage/test_folder.py")

    assert printed.count("[shelf] PASSED") == printed.count("[disk] PASSED") > 5


@pytest.mark.long
def test_clips_are_extracted_onto_the_store_by_workers_that_know_it_by_its_entry_point(tmp_path: Path, tiny_corpus: Path):
    checkout = changed(tmp_path, "")
    install(checkout)
    (command,) = blocks(STORE, "shell")
    command = command.replace("clips.csv", str(tiny_corpus / "clips.csv")).replace("/data", str(tmp_path / "data"))

    first, second = (output(checkout, "bash", "-ec", command) for _ in range(2))

    assert "done: 7 done, 0 rejected, 0 skipped" in first
    assert "done: 0 done, 0 rejected, 7 skipped" in second
    assert len(pd.read_parquet(tmp_path / "data/features")) == 7


def install(checkout: Path) -> None:
    """The page's client as pip leaves a package: its module, and what its pyproject.toml says of entry points."""
    (module,), (project,) = blocks(STORE, "python shelf.py"), blocks(STORE, "toml")
    entry = re.fullmatch(r'\[project\.entry-points\."(.*?)"\]\n(\w+) = "(.*?)"\n', project)
    (checkout / "shelf.py").write_text(module)
    (checkout / "shelf-0.1.dist-info").mkdir()
    (checkout / "shelf-0.1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: shelf\nVersion: 0.1\n")
    (checkout / "shelf-0.1.dist-info/entry_points.txt").write_text(f"[{entry[1]}]\n{entry[2]} = {entry[3]}\n")
