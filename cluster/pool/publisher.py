"""Publishing what workers staged: several moves at once, counted when they are done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

from cluster.tables.rejects import Rejected
from cluster.tables.staging import Staged
from cluster.tables.table import Table

_MOVES: Final = 8
"""Moves at once: a copy on an object store is waiting, not work."""


class Publisher:
    """Moves staged parts into place and writes rejects, and counts both.

    Attributes:
        done: sources published by this run.
        rows: their rows.
        rejected: rejects of this run by reason.
    """

    def __init__(self, table: Table, retried: set[str]) -> None:
        self._table, self._retried = table, retried
        self._threads = ThreadPoolExecutor(_MOVES, "publish")
        self._moves: dict[Future[None], Staged] = {}
        self._waiting: list[Rejected] = []
        self._outdated: set[str] = set()
        self._rejects_replaced = False
        self.done = self.rows = 0
        self.rejected: Counter[str] = Counter()

    def note(self, event: str, **facts: object) -> None:
        """Keep an event in the table's log."""
        self._table.log.note(event, **facts)

    @property
    def moving(self) -> int:
        """Sources that are staged and about to be published."""
        return sum(len(staged.source_ids) for staged in self._moves.values())

    def publish(self, parts: Iterable[Staged]) -> None:
        """Start to move staged parts into place."""
        for staged in parts:
            self._moves[self._threads.submit(self._table.publish, staged)] = staged

    def reject(self, rejected: Iterable[Rejected]) -> None:
        """Note rejects; they are written with the next `write_rejects`."""
        for one in rejected:
            self._waiting.append(one)
            self.rejected[str(one.reason)] += 1
            self._rejects_replaced |= one.source_id in self._retried

    def collect(self) -> None:
        """Count the moves that are done.

        Raises:
            TableLocked, TableError: one was not.
        """
        for future in [future for future in self._moves if future.done()]:
            staged = self._moves.pop(future)
            future.result()
            self.done += len(staged.source_ids)
            self.rows += staged.rows
            self._outdated.update(self._retried.intersection(staged.source_ids))

    def write_rejects(self) -> None:
        """Publish the rejects and the log so far, and drop rejects whose source has rows now or was rejected again."""
        self._table.publish_rejects(self._waiting)
        self._waiting = []
        if self._outdated or self._rejects_replaced:
            self._table.settle_rejects(self._outdated)
            self._outdated, self._rejects_replaced = set(), False
        self._table.log.write()

    def finish(self) -> None:
        """Wait for everything under way."""
        wait(self._moves)
        self.collect()
        self.write_rejects()

    def close(self) -> None:
        """Let the threads go; moves not yet begun stay in staging."""
        self._threads.shutdown(cancel_futures=True)
