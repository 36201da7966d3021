"""One run at a time on a table: an exclusively created `lock`, and a heartbeat beside it.

Two files. `lock` says who holds the folder; it is written when the lock is taken, and never again by its owner. `beat-TOKEN` holds
the owner's count of heartbeats. A run on another host watches both; where neither changes for `stale_s`, it takes the lock over:

    seconds   0         10          20             25              85               86              95
    run A     lock=A    beat-A=1   stands still in its second beat ............................... beat-A=2 lands; check(): TableLocked
    run B                                          reads lock=A    writes lock=B    reads lock=B
                                                   and watches     (takes over)     and holds it
                                                   |-- stale_s ----|-- confirm_s ---|

Why the heartbeat has a file of its own: A may stand still in the middle of a beat, with the write on its way to the storage. When it
lands at 95 s, it lands in `beat-A`, which nobody reads any more. A beat written into `lock` would put A's name over B's there,
and two runs would believe that they hold the table.

Two that take over at once both write `lock`; the later write stays. Each waits `confirm_s` and reads it again: whoever finds the
other's name gives way. One that is late by more than `confirm_s` is noticed by `check`, which comes before every publish.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Final, Self

import psutil

from avemo_core.errors import TableError, TableLocked
from cluster.storage.folder import Folder
from cluster.storage.location import open_folder

NAME: Final = "lock"

BEAT_PREFIX: Final = "beat-"
"""Of the heartbeat's name; the owner's token follows. The file holds the count of beats."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class LockTimes:
    """The times of a lock's protocol, in seconds."""

    beat_s: float = 10.0
    """Between two heartbeats."""
    stale_s: float = 60.0
    """Without a heartbeat for so long, a lock of another host is taken over."""
    watch_s: float = 2.0
    """Between two reads of another host's lock."""
    confirm_s: float = 1.0
    """Between taking a lock over and reading it again, to see whether another run did so at the same time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """The process that holds a lock: the content of `lock`."""

    host: str
    """Host name and process namespace: a pid means something only within the two."""
    pid: int
    started_s: float
    """When the process started, seconds since 1970: the system gives a pid to a later process again."""
    token: str
    """Drawn anew for each lock object, so that two runs of one process differ."""

    @property
    def beat_name(self) -> str:
        """The name of its heartbeat."""
        return f"{BEAT_PREFIX}{self.token}"

    @classmethod
    def this_process(cls) -> Self:
        """The running process, with a new token."""
        process = psutil.Process()
        return cls(host=_host(), pid=process.pid, started_s=process.create_time(), token=uuid.uuid4().hex)

    def encode(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self)).encode()


@contextmanager
def locked(location: str) -> Iterator[Lock]:
    """Hold the lock of a folder for the length of the block.

    Raises:
        TableLocked: another run holds it.
    """
    lock = Lock(open_folder(location))
    lock.acquire()
    try:
        yield lock
    finally:
        lock.release()


class Lock:
    """Holds a folder's `lock` between `acquire` and `release`, and keeps its heart beating."""

    def __init__(self, folder: Folder, times: LockTimes | None = None) -> None:
        self._folder, self._times = folder, times or LockTimes()
        self._owner = Owner.this_process()
        self._done = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="lock heartbeat", daemon=True)

    def acquire(self) -> None:
        """Take the lock: at once where nobody holds it, after `stale_s` where its owner's heartbeat stopped.

        Raises:
            TableLocked: another run holds the output.
        """
        if not self._folder.create(NAME, self._owner.encode()):
            self._take_over()
        # Heartbeats of owners that died: the lock is ours, so none of them is of use to anybody.
        for entry in self._folder.entries():
            if entry.name.startswith(BEAT_PREFIX):
                self._folder.delete(entry.name)
        self._heart.start()

    def check(self) -> None:
        """Make sure that the lock is still ours; called before every publish.

        Raises:
            TableLocked: it was taken over, or deleted.
        """
        found = read_owner(self._folder)
        if found is None or found.token != self._owner.token:
            who = "nobody" if found is None else _describe(found)
            raise TableLocked(
                f"{self._folder.uri}: this run lost its lock to {who}; nothing further is published.\n"
                "  This happens when a run stands still for over a minute. Start again to go on where the table stands."
            )

    def release(self) -> None:
        """Stop the heartbeat and remove the lock if it is still ours."""
        self._done.set()
        if self._heart.is_alive():
            self._heart.join()
        self._folder.delete(self._owner.beat_name)
        found = read_owner(self._folder)
        if found is not None and found.token == self._owner.token:
            self._folder.delete(NAME)

    def _take_over(self) -> None:
        """Replace the lock of an owner that is dead: a process of this host that is gone, or another host's whose heartbeat stopped.

        Raises:
            TableLocked: the owner lives, or another run took over at the same time.
        """
        held = read_owner(self._folder)
        if held is not None and held.host == self._owner.host:
            if _lives(held):
                raise self._locked(held)
        else:
            self._watch()
            held = read_owner(self._folder)
        _LOG.warning("%s: taking over the lock of %s, which shows no life", self._folder.uri, _describe(held))
        self._folder.write(NAME, self._owner.encode())
        time.sleep(self._times.confirm_s)
        winner = read_owner(self._folder)
        if winner is None or winner.token != self._owner.token:
            raise self._locked(winner)

    def _watch(self) -> None:
        """Watch another host's lock until it goes away, or neither it nor its heartbeat has changed for `stale_s`.

        Raises:
            TableLocked: one of them changed: its owner lives, or it has a new one.
        """
        first = self._signs_of_life()
        deadline_s = time.monotonic() + self._times.stale_s
        _LOG.warning("%s: locked by another host; watching its heartbeat for %g s", self._folder.uri, self._times.stale_s)
        while time.monotonic() < deadline_s:
            time.sleep(self._times.watch_s)
            now = self._signs_of_life()
            if now[0] is None:  # its owner released it
                return
            if now != first:
                raise self._locked(read_owner(self._folder))

    def _signs_of_life(self) -> tuple[bytes | None, bytes | None]:
        """The content of `lock`, and of its owner's heartbeat; None for a file that is not there."""
        owner = read_owner(self._folder)
        return self._folder.read(NAME), self._folder.read(owner.beat_name) if owner else None

    def _beat(self) -> None:
        for beat in count(1):
            if self._done.wait(self._times.beat_s):
                return
            try:
                self._folder.write(self._owner.beat_name, str(beat).encode())
            except TableError as error:
                _LOG.warning("lock: heartbeat failed: %s", error)

    def _locked(self, owner: Owner | None) -> TableLocked:
        return TableLocked(
            f"{self._folder.uri}: another run holds this output ({_describe(owner)}).\n"
            "  Wait until it has ended, end it, or choose another --out."
        )


def is_own_file(name: str) -> bool:
    """Whether a file directly in a folder belongs to its lock: `lock` itself, a heartbeat, or one of them before its rename."""
    final = name.removeprefix("__")
    return final == NAME or final.startswith((f"{NAME}.", BEAT_PREFIX))


def read_owner(folder: Folder, name: str = NAME) -> Owner | None:
    """Who holds the folder's lock; None if nobody does, or if `lock` holds something else."""
    content = folder.read(name)
    try:
        return Owner(**json.loads(content)) if content else None
    except (ValueError, TypeError):
        return None


def runs_here(owner: Owner) -> bool:
    """Whether it is a process of this host that is alive; of another host's nothing is known."""
    return owner.host == Owner.this_process().host and _lives(owner)


def _host() -> str:
    """This machine and the process namespace: two containers of one host number their processes apart."""
    namespace = Path("/proc/self/ns/pid")
    inside = namespace.readlink().name if namespace.is_symlink() else ""
    return f"{socket.gethostname()} {inside}".strip()


def _lives(owner: Owner) -> bool:
    """Whether the process runs; a later one with its pid started at another time, and a zombie only waits for its parent."""
    try:
        started_s = psutil.Process(owner.pid).create_time()
    except psutil.NoSuchProcess:
        return False
    return abs(started_s - owner.started_s) < 1 and psutil.Process(owner.pid).status() != psutil.STATUS_ZOMBIE


def _describe(owner: Owner | None) -> str:
    return f"process {owner.pid} on {owner.host.split()[0]}" if owner else "an unreadable lock"
