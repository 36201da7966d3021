"""A working folder is one run's from its first file to its last, and another run's folder is nobody else's to remove."""

from pathlib import Path

import pytest

from avemo_core.errors import TableLocked
from cluster.storage.location import open_folder
from cluster.storage.lock import Lock
from cluster.storage.owner import BEAT_PREFIX, Owner, read_owner
from cluster.storage.owner import NAME as LOCK
from cluster.tables import working_folder as module
from cluster.tables.table import open_table
from cluster.tables.working_folder import finalise, working_folder
from tests.cluster.stub import SCHEMA


@pytest.fixture
def working(tmp_path: Path) -> Path:
    return tmp_path / "out.working"


def _finalise(working: Path, lock: Lock) -> None:
    finalise(str(working), lock=lock, table=str(working / "faces"), out=str(working.with_suffix("")))


def _work(working: Path) -> None:
    """A table and a file, as a run leaves them."""
    with open_table(str(working / "faces"), SCHEMA, {}):
        pass
    (working / "state").write_bytes(b"a checkpoint")


def _is_interrupted(working: Path) -> None:
    _work(working)
    raise KeyboardInterrupt


def _begins(working: Path) -> bool:
    """Whether a second run gets past the lock."""
    try:
        with working_folder(str(working)):
            return True
    except TableLocked:
        return False


def test_a_finalised_folder_is_gone_and_its_rejects_are_kept(working: Path):
    with working_folder(str(working)) as lock:
        _work(working)
        _finalise(working, lock)

    assert [path.name for path in working.parent.iterdir()] == ["out.rejects.parquet"]


def test_a_run_that_fails_leaves_its_folder_to_the_next(working: Path):
    with pytest.raises(KeyboardInterrupt), working_folder(str(working)):
        _is_interrupted(working)

    assert (working / "state").exists()
    assert not (working / LOCK).exists()


def test_a_second_run_is_refused_while_the_folder_is_finalised_and_until_its_lock_is_gone(working: Path, monkeypatch: pytest.MonkeyPatch):
    began = []
    write = module.write_file

    def write_while_another_begins(location: str, content: bytes) -> None:
        began.append(_begins(working))
        write(location, content)

    monkeypatch.setattr(module, "write_file", write_while_another_begins)

    with working_folder(str(working)) as lock:
        _work(working)
        _finalise(working, lock)
        began.append(_begins(working))

    assert began == [False, False]


def test_a_folder_in_which_another_run_has_put_its_lock_is_not_removed(working: Path, monkeypatch: pytest.MonkeyPatch):
    other = Owner.this_process()
    release = Lock.release

    def release_and_let_another_begin(lock: Lock) -> None:
        release(lock)
        open_folder(str(working)).create(LOCK, other.encode())

    with working_folder(str(working)) as lock:
        _work(working)
        _finalise(working, lock)
        monkeypatch.setattr(Lock, "release", release_and_let_another_begin)

    assert read_owner(open_folder(str(working))) == other


def test_a_heartbeat_that_is_being_written_is_not_deleted(working: Path):
    with working_folder(str(working)) as lock:
        _work(working)
        beat = working / f"__{BEAT_PREFIX}some.12ab"
        beat.write_bytes(b"7")

        _finalise(working, lock)

        assert beat.exists()


def test_a_run_that_lost_its_lock_deletes_nothing(working: Path):
    with working_folder(str(working)) as lock:
        _work(working)
        (working / LOCK).write_bytes(Owner.this_process().encode())

        with pytest.raises(TableLocked):
            _finalise(working, lock)

    assert (working / "state").exists()
