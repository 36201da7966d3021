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

A store that puts an object where it was asked to create one would give the lock to everybody. So whoever holds it asks for it once
more, under another name: a store that grants that is refused, but where `--unsafe-lock` says that no other run will come
(docs/decisions/exclusive-creation.md).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from avemo_core.errors import ConfigError, TableError, TableLocked
from cluster.storage.folder import Folder
from cluster.storage.location import open_folder
from cluster.storage.owner import BEAT_PREFIX, NAME, Owner, describe, lives, read_owner

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


@dataclass(frozen=True, kw_only=True)
class LockOptions:
    """What a lock may do without."""

    unsafe_lock: bool = False
    """Write also where the store cannot keep two runs apart; see to it yourself that no other run writes there."""


@contextmanager
def locked(location: str, options: LockOptions | None = None) -> Iterator[Lock]:
    """Hold the lock of a folder for the length of the block.

    Raises:
        ConfigError: the folder cannot be written, or its store cannot keep two runs apart.
        TableLocked: another run holds it.
    """
    lock = Lock(open_folder(location), options=options)
    lock.acquire()
    try:
        yield lock
    finally:
        lock.release()


class Lock:
    """Holds a folder's `lock` between `acquire` and `release`, and keeps its heart beating.

    Attributes:
        about: for the record of what is written under it: `unsafe_lock` where the store could not keep two runs apart; else empty.
    """

    def __init__(self, folder: Folder, times: LockTimes | None = None, options: LockOptions | None = None) -> None:
        self._folder, self._times, self._options = folder, times or LockTimes(), options or LockOptions()
        self.about: dict[str, bool] = {}
        self._owner = Owner.this_process()
        self._done = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="lock heartbeat", daemon=True)

    def acquire(self) -> None:
        """Take the lock: at once where nobody holds it, after `stale_s` where its owner's heartbeat stopped.

        Raises:
            ConfigError: the folder cannot be written, or its store cannot keep two runs apart.
            TableLocked: another run holds the output.
        """
        # Read first: a store that ignores what `create` asks would put our name over an owner's.
        if self._folder.read(NAME) is not None or not self._created():
            self._take_over()
        self._check_exclusive()
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
            who = "nobody" if found is None else describe(found)
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
            if lives(held):
                raise self._locked(held)
        else:
            self._watch()
            held = read_owner(self._folder)
        _LOG.warning("%s: taking over the lock of %s, which shows no life", self._folder.uri, describe(held))
        self._write_and_confirm()

    def _write_and_confirm(self) -> None:
        self._folder.write(NAME, self._owner.encode())
        time.sleep(self._times.confirm_s)
        winner = read_owner(self._folder)
        if winner is None or winner.token != self._owner.token:
            raise self._locked(winner)

    def _created(self) -> bool:
        """Whether the lock was created: it is the first file that a run writes, before any work."""
        try:
            return self._folder.create(NAME, self._owner.encode())
        except TableError as error:
            raise ConfigError(f"{self._folder.uri}: cannot be used as an output: {error}") from error

    def _check_exclusive(self) -> None:
        """Refuse a store that creates the lock over ours."""
        if not self._folder.create(NAME, replace(self._owner, token="asks again").encode()):  # noqa: S106 - no secret
            return
        if not self._options.unsafe_lock:
            self._folder.delete(NAME)
            raise ConfigError(
                f"{self._folder.uri}: this store creates an object over another (it ignores If-None-Match), so that two runs could write "
                "here at once\n"
                "  Choose another --out; or make sure that no other run writes there, and say so with --unsafe-lock."
            )
        self.about = {"unsafe_lock": True}
        _LOG.warning("%s: --unsafe-lock: this store cannot keep two runs apart; nothing but you does", self._folder.uri)
        self._write_and_confirm()

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
            f"{self._folder.uri}: another run holds this output ({describe(owner)}).\n"
            "  Wait until it has ended, end it, or choose another --out."
        )
