"""A store that creates an object over another keeps no two runs apart: it is noticed when the lock is taken."""

import json
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from avemo_core.errors import ConfigError, TableLocked
from cluster.storage.location import open_folder
from cluster.storage.lock import Lock, LockOptions, LockTimes
from cluster.storage.owner import NAME, Owner, read_owner
from cluster.tables.table import open_table
from tests.cluster.stub import SCHEMA

QUICK = LockTimes(beat_s=0.05, stale_s=0.3, watch_s=0.02, confirm_s=0.01)
UNSAFE = LockOptions(unsafe_lock=True)


class CarelessStore(MemoryFileSystem):
    """careless://: puts every object that it is asked to create."""

    protocol = "careless"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path.replace("careless://", "memory://"))

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> Any:  # noqa: ANN401 - fsspec is not typed
        """Put an object, whatever the mode."""
        del mode
        return super().pipe_file(path, value, mode="overwrite", **options)


fsspec.register_implementation("careless", CarelessStore, clobber=True)


def test_a_store_without_exclusive_creation_is_refused_with_the_reason_and_left_without_a_lock(tmp_path: Path):
    folder = open_folder(f"careless://{tmp_path.name}/one")

    with pytest.raises(ConfigError, match=r"creates an object over another[\s\S]*--unsafe-lock"):
        Lock(folder, QUICK).acquire()

    assert folder.entries() == []


def test_it_is_written_where_the_user_says_so_and_the_record_tells(tmp_path: Path):
    where = f"careless://{tmp_path.name}/two"

    with open_table(where, SCHEMA, {}, times=QUICK, lock_options=UNSAFE):
        pass

    (run,) = json.loads(open_folder(f"{where}.avemo").read("run.json") or b"")["runs"]
    assert run["unsafe_lock"] is True


def test_another_run_does_not_put_its_lock_over_that_of_one_that_lives(tmp_path: Path):
    folder = open_folder(f"careless://{tmp_path.name}/three")
    first = Lock(folder, QUICK, UNSAFE)
    first.acquire()

    for options in (None, UNSAFE):
        with pytest.raises(TableLocked, match="another run holds"):
            Lock(folder, QUICK, options).acquire()

    first.check()
    first.release()


def test_the_option_changes_nothing_where_the_store_does_what_it_is_asked(tmp_path: Path):
    folder = open_folder(str(tmp_path))
    lock = Lock(folder, QUICK, UNSAFE)

    lock.acquire()

    assert lock.about == {}
    assert (held := read_owner(folder)) is not None
    assert held.token != "asks again"  # noqa: S105 - no secret
    lock.release()


def test_a_lock_that_another_wrote_while_it_was_asked_for_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder, other = open_folder(f"careless://{tmp_path.name}/four"), Owner.this_process()
    monkeypatch.setattr("time.sleep", lambda _s: folder.write(NAME, other.encode()))

    with pytest.raises(TableLocked):
        Lock(folder, QUICK, UNSAFE).acquire()
