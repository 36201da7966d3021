import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from avemo_core.errors import TableLocked
from cluster.storage.folder import Folder
from cluster.storage.location import open_folder
from cluster.storage.lock import Lock, LockTimes
from cluster.storage.owner import NAME, Owner, read_owner
from tests.waiting import until

QUICK = LockTimes(beat_s=0.05, stale_s=0.3, watch_s=0.02, confirm_s=0.05)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return open_folder(str(tmp_path))


def _elsewhere() -> Owner:
    return replace(Owner.this_process(), host="another pid:[1]")


def _next_beat(folder: Folder, after: int) -> int:
    """A beat seen after that one."""
    until(lambda: _beat_of(folder) > after, "the next beat", every_s=0.005)
    return _beat_of(folder)


def _beat_of(folder: Folder) -> int:
    owner = read_owner(folder)
    assert owner is not None
    return int(folder.read(owner.beat_name) or 0)


def test_a_lock_is_there_while_held_and_gone_after(folder: Folder):
    lock = Lock(folder, QUICK)

    lock.acquire()
    held = read_owner(folder)
    lock.release()

    assert held is not None
    assert held.pid == psutil.Process().pid
    assert folder.entries() == []


def test_a_second_run_on_the_same_host_is_refused_at_once(folder: Folder):
    # Whoever watched for a heartbeat would not come back before the test's own limit.
    times = LockTimes(beat_s=3600, stale_s=3600)
    lock = Lock(folder, times)
    lock.acquire()

    with pytest.raises(TableLocked, match="another run holds"):
        Lock(folder, times).acquire()

    lock.release()


def test_the_lock_of_a_dead_process_of_this_host_is_taken_over_at_once(folder: Folder):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = replace(Owner.this_process(), pid=child.pid, started_s=psutil.Process(child.pid).create_time())
    child.communicate(b"\n")
    folder.write(NAME, owner.encode())
    lock = Lock(folder, replace(QUICK, stale_s=3600))

    lock.acquire()

    lock.check()
    assert (held := read_owner(folder)) is not None
    assert held.pid == psutil.Process().pid
    lock.release()


def test_a_pid_used_again_by_another_process_does_not_hold_a_lock(folder: Folder):
    folder.write(NAME, replace(Owner.this_process(), started_s=1.0).encode())
    lock = Lock(folder, QUICK)

    lock.acquire()

    lock.check()
    assert (held := read_owner(folder)) is not None
    assert held.started_s == Owner.this_process().started_s
    lock.release()


def test_another_hosts_lock_is_refused_as_soon_as_its_heart_beats(folder: Folder):
    owner = _elsewhere()
    folder.write(NAME, owner.encode())
    threading.Timer(0.1, folder.write, (owner.beat_name, b"1")).start()

    with pytest.raises(TableLocked, match="on another"):
        Lock(folder, replace(QUICK, stale_s=3600)).acquire()


@pytest.mark.parametrize("content", [_elsewhere().encode(), b"", b"{"], ids=["still", "empty", "garbled"])
def test_another_hosts_lock_without_a_heartbeat_is_taken_over(folder: Folder, content: bytes):
    folder.write(NAME, content)
    lock = Lock(folder, QUICK)

    began_s = time.monotonic()
    lock.acquire()

    assert time.monotonic() - began_s >= QUICK.stale_s
    lock.check()
    lock.release()


def test_of_two_that_take_a_lock_over_at_once_one_gives_way(folder: Folder):
    folder.write(NAME, _elsewhere().encode())
    # Each must be seen by the other within confirm_s, on a busy machine too.
    times = replace(QUICK, confirm_s=1.0)
    first, second = Lock(folder, times), Lock(folder, times)
    outcomes: list[str] = []

    def take(lock: Lock) -> None:
        try:
            lock.acquire()
            outcomes.append("held")
        except TableLocked:
            outcomes.append("refused")

    threads = [threading.Thread(target=take, args=(lock,)) for lock in (first, second)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(outcomes) == ["held", "refused"]
    first.release()
    second.release()


def test_the_heart_beats(folder: Folder):
    lock = Lock(folder, QUICK)

    lock.acquire()
    first = _next_beat(folder, 0)
    second = _next_beat(folder, first)
    lock.release()

    assert 0 < first < second  # a busy machine may look too late for a beat


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "taken"])
def test_an_owner_that_lost_its_lock_publishes_nothing_more_and_leaves_it_alone(folder: Folder, deleted: bool):  # noqa: FBT001
    lock = Lock(folder, QUICK)
    lock.acquire()
    taker = _elsewhere()
    {True: lambda: folder.delete(NAME), False: lambda: folder.write(NAME, taker.encode())}[deleted]()

    with pytest.raises(TableLocked, match="lost its lock"):
        lock.check()
    lock.release()

    assert read_owner(folder) == {True: None, False: taker}[deleted]


def test_an_owner_that_stood_still_in_the_middle_of_a_beat_does_not_take_its_lock_back(folder: Folder, monkeypatch: pytest.MonkeyPatch):
    lock = Lock(folder, QUICK)
    write, stalled, awake = folder.write, threading.Event(), threading.Event()

    def stall(name: str, content: bytes) -> None:
        stalled.set()
        awake.wait(60)
        write(name, content)

    monkeypatch.setattr(folder, "write", stall)
    lock.acquire()
    assert stalled.wait(60)
    taker = _elsewhere()
    write(NAME, taker.encode())
    awake.set()
    lock.release()

    assert read_owner(folder) == taker
