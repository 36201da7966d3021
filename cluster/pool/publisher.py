"""Publishing: staged parts are moved into place, several at a time, and counted as done once they are there.

    worker's report --> publish: a move is submitted --> moving --> collect: the move is done --> done, rows
                    --> reject: waits in memory -------------------> write_rejects -------------> a part of rejects/

What waits here when the driver is killed has no outcome in the table: a staged part is swept, a reject was never written, and
the next run does those clips again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

from cluster.tables.rejects import Rejected
from cluster.tables.staging import Staged
from cluster.tables.table import Table

_MOVES: Final = 8
"""Moves at once: on an object store each is a copy, during which the driver only waits."""


class Publisher:
    """Moves staged parts into place, writes rejects, and counts both.

    Args:
        table: to publish into.
        retried: sources that an earlier run rejected and this run tries again; their old rejects are dropped.

    Attributes:
        done: sources published by this run.
        rows: their rows.
        faults: how many of them have which fault.
        rejected: rejects of this run by reason.
    """

    def __init__(self, table: Table, retried: set[str]) -> None:
        self._table, self._retried = table, retried
        self._threads = ThreadPoolExecutor(_MOVES, "publish")
        self._moves: dict[Future[None], Staged] = {}
        self._unwritten: list[Rejected] = []
        self._done_after_all: set[str] = set()
        self._rejected_again = False
        self.done = self.rows = 0
        self.faults: Counter[str] = Counter()
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
        """Count rejects, and keep them for the next `write_rejects`: one file for many."""
        for one in rejected:
            self._unwritten.append(one)
            self.rejected[str(one.reason)] += 1
            self._rejected_again |= one.source_id in self._retried

    def collect(self) -> None:
        """Count the parts whose moves have ended.

        Raises:
            TableLocked, TableError: a move failed.
        """
        for future in [future for future in self._moves if future.done()]:
            staged = self._moves.pop(future)
            future.result()
            self.done += len(staged.source_ids)
            self.rows += staged.rows
            self.faults.update(staged.faults)
            self._done_after_all.update(self._retried.intersection(staged.source_ids))

    def write_rejects(self) -> None:
        """Publish the rejects and the log so far, and drop old rejects whose source has rows now or was rejected again."""
        self._table.publish_rejects(self._unwritten)
        self._unwritten = []
        if self._done_after_all or self._rejected_again:
            self._table.drop_outdated_rejects(self._done_after_all)
            self._done_after_all, self._rejected_again = set(), False
        self._table.log.write()

    def finish(self) -> None:
        """Wait for the moves under way, count them, and write the rejects."""
        wait(self._moves)
        self.collect()
        self.write_rejects()

    def close(self) -> None:
        """End the threads; parts whose move has not begun stay in staging."""
        self._threads.shutdown(cancel_futures=True)
