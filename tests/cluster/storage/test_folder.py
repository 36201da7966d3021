import contextlib
import errno
import os
from io import FileIO
from pathlib import Path

import fsspec
import pytest

from avemo_core.errors import TableError
from cluster.storage.folder import Entry, Folder
from cluster.storage.local import _FlushedFile
from cluster.storage.location import open_folder


@pytest.fixture(params=["disk", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    location = {"disk": str(tmp_path / "table"), "memory": f"memory://{tmp_path.name}"}[request.param]
    return open_folder(location)


def test_a_folder_that_is_not_there_has_no_entries(folder: Folder):
    assert folder.entries() == []
    assert folder.entries("staging") == []


def test_what_was_written_is_read_and_listed_with_its_size(folder: Folder):
    folder.write("a.parquet", b"one")
    folder.write("staging/b.parquet", b"three")

    assert folder.read("a.parquet") == b"one"
    assert folder.entries() == [Entry(name="a.parquet", size_bytes=3)]
    assert folder.entries("staging") == [Entry(name="staging/b.parquet", size_bytes=5)]


def test_a_file_that_vanishes_while_the_folder_is_listed_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = open_folder(str(tmp_path))
    folder.write("part-0.parquet", b"stays")
    folder.write("passing", b"goes")
    listing = os.scandir

    def scandir_then_lose(path: Path) -> contextlib.nullcontext[list[os.DirEntry[str]]]:
        with listing(path) as found:
            items = list(found)
        (tmp_path / "passing").unlink(missing_ok=True)
        return contextlib.nullcontext(items)

    monkeypatch.setattr(os, "scandir", scandir_then_lose)

    assert folder.entries() == [Entry(name="part-0.parquet", size_bytes=5)]


def test_a_file_that_is_gone_when_it_is_opened_is_an_error_and_no_empty_file(folder: Folder):
    folder.write("part-0.parquet", b"replaced meanwhile")
    entry = folder.entries()[0]
    folder.delete(entry.name)

    with pytest.raises(TableError, match=r"cannot open .*part-0\.parquet"):
        folder.open(entry)


def test_what_is_not_there_reads_as_none_and_may_be_deleted(folder: Folder):
    folder.delete("nothing")

    assert folder.read("nothing") is None


def test_only_the_first_creation_succeeds(folder: Folder):
    assert folder.create("lock", b"first")
    assert not folder.create("lock", b"second")
    assert folder.read("lock") == b"first"


def test_a_move_leaves_nothing_behind_and_replaces_its_target(folder: Folder):
    folder.write("staging/x", b"new")
    folder.write("part", b"old")

    folder.move("staging/x", "part")

    assert folder.read("part") == b"new"
    assert folder.entries("staging") == []


def test_a_move_of_nothing_says_what_may_be_wrong(folder: Folder):
    with pytest.raises(TableError, match="every node"):
        folder.move("staging/x", "part")


def test_a_stream_holds_what_was_written_little_by_little(folder: Folder):
    with folder.stream("staging/long") as sink:
        sink.write(b"one ")
        sink.write(b"two")

    assert folder.read("staging/long") == b"one two"


def test_a_streamed_file_is_on_the_disk_once_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whole, not only in the memory of the operating system: the move right after must not outlive its content."""
    flushed: dict[int, int] = {}
    fsync = os.fsync

    def note(descriptor: int) -> None:
        fsync(descriptor)
        flushed[os.fstat(descriptor).st_ino] = os.fstat(descriptor).st_size

    monkeypatch.setattr(os, "fsync", note)

    with open_folder(str(tmp_path)).stream("staging/long") as sink:
        sink.write(b"one ")
        sink.write(b"two")

    file = (tmp_path / "staging/long").stat()
    assert flushed == {file.st_ino: len(b"one two")}


def test_an_opened_file_can_be_read_in_ranges(folder: Folder):
    folder.write("a.parquet", b"0123456789")

    with folder.open(Entry(name="a.parquet", size_bytes=10)) as file:
        file.seek(4)
        found = file.read(3)

    assert found == b"456"


def test_a_full_disk_leaves_neither_the_file_nor_a_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = open_folder(str(tmp_path))

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(TableError, match="No space left"):
        folder.write("part-1.parquet", b"rows")
    assert folder.entries() == []


def test_a_failed_write_keeps_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = open_folder(str(tmp_path))
    folder.write("run.json", b"old")
    monkeypatch.setattr(Path, "replace", _refuse)

    with pytest.raises(TableError):
        folder.write("run.json", b"new")
    assert folder.read("run.json") == b"old"


def test_an_object_put_by_a_try_whose_answer_was_lost_counts_as_created(monkeypatch: pytest.MonkeyPatch):
    folder = open_folder("memory://lost-answer")
    memory = fsspec.filesystem("memory")
    put = memory.pipe_file

    def lose_the_answer(path: str, content: bytes, mode: str) -> None:
        put(path, content, mode=mode)
        monkeypatch.setattr(type(memory), "pipe_file", lambda _self, *args, **kwargs: put(*args, **kwargs))
        raise ConnectionResetError

    monkeypatch.setattr(type(memory), "pipe_file", lambda _self, *args, **kwargs: lose_the_answer(*args, **kwargs))
    monkeypatch.setattr("avemo_core.runtime.retries.WAITS_S", (0.0,))

    assert folder.create("lock", b"mine")


def _refuse(_path: Path, _target: Path) -> None:
    raise OSError(errno.EIO, "Input/output error")


def test_a_streamed_file_that_the_disk_does_not_take_is_closed_all_the_same():
    file = _FlushedFile(FileIO("/dev/full", "wb"))
    file.write(b"one")

    with pytest.raises(OSError, match="No space left"):
        file.close()

    assert file.closed
