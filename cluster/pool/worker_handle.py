"""One worker as the driver sees it: its chunks, its outstanding items, and when it last made progress.

    chunks        [ at work | waits at the actor ]        at most two: the actor is never idle while a report travels
    outstanding   all items of these chunks that have no outcome yet, and items of earlier chunks whose rows
                  are finished, but only in the actor's memory

                  sent ........ finished ........ staged
    outstanding   |-----------------------------|            acknowledged: its rows are in storage
                  sent ........ rejected
    outstanding   |------------|                             acknowledged: the reject came with the report

What is outstanding when the actor is lost is done again, and nothing else is.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterable
from typing import Any

from avemo_core.errors import AvemoError
from cluster.pool.chunks import Chunk, Failure
from cluster.pool.work import Item, Prepared, WorkerReport

IN_FLIGHT: int = 2
"""Chunks a worker has at most: one at work, one that waits at the actor."""


class WorkerHandle:
    """A worker of the pool; every item it was sent stays outstanding until it is staged or rejected.

    Attributes:
        actor: the handle of its Ray actor.
        name: host and process, once its worker is made, or could not be; "" before.
        host, node: where it runs, once it has a name; node is Ray's id.
        error: why its worker could not be made; None: it was.
        is_cleared: whether its node may work, as the preflight found.
        chunks: sent and not yet returned, oldest first.
        outstanding: items that were sent, and neither staged nor rejected so far, by source_id.
        termination: why it gets no more chunks, and will be terminated; None: it gets them.
        flushing: whether a flush has not returned.
        flushed_s: when the last flush was asked for, on the monotonic clock; progress_s: when progress was last seen.
        report: its last report.
    """

    def __init__(self, actor: Any) -> None:  # noqa: ANN401 - Ray makes the class of a handle
        self.actor = actor
        self.name = self.host = self.node = ""
        self.error: AvemoError | None = None
        self.is_cleared = False
        self.chunks: deque[Chunk] = deque()
        self.outstanding: dict[str, Item] = {}
        self.termination: Failure | None = None
        self.flushing = False
        self.flushed_s = self.progress_s = time.monotonic()
        self.report: WorkerReport | None = None

    @property
    def is_ready(self) -> bool:
        """Whether its worker is made and cleared for work, and it is not about to be terminated."""
        return self.is_cleared and self.termination is None

    @property
    def has_room(self) -> bool:
        """Whether it may be sent one more clean chunk."""
        return self.is_ready and len(self.chunks) < IN_FLIGHT and not any(chunk.is_quarantined for chunk in self.chunks)

    @property
    def has_nothing_outstanding(self) -> bool:
        """Whether no other item would have to be done again if a chunk killed it."""
        return self.is_ready and not self.outstanding

    @property
    def is_idle(self) -> bool:
        """Whether it has no chunk, though finished rows may wait in it to be staged."""
        return self.is_ready and not self.chunks

    @property
    def finished_unstaged(self) -> int:
        """How many of its items are finished but not staged; of chunks that have not returned, none is counted."""
        in_chunks = sum(item.source_id in self.outstanding for chunk in self.chunks for item in chunk.items)
        return len(self.outstanding) - in_chunks

    def on_prepared(self, prepared: Prepared) -> None:
        """Note that its worker was made, or could not be."""
        self.name, self.host, self.node, self.error = prepared.name, prepared.host, prepared.node, prepared.error

    def on_sent(self, chunk: Chunk) -> None:
        """Note a chunk that was sent: its items are outstanding."""
        if not self.chunks:
            self.progress_s = time.monotonic()
        self.chunks.append(chunk)
        self.outstanding.update((item.source_id, item) for item in chunk.items)

    def on_report(self, report: WorkerReport) -> None:
        """Note a report: what is staged or rejected is acknowledged."""
        if self.report is None or report.steps > self.report.steps:
            self.progress_s = time.monotonic()
        self.report = report
        self.acknowledge(source_id for staged in report.staged for source_id in staged.source_ids)
        self.acknowledge(rejected.source_id for rejected in report.rejected)

    def acknowledge(self, source_ids: Iterable[str]) -> None:
        """Mark sources as no longer outstanding."""
        for source_id in source_ids:
            self.outstanding.pop(source_id, None)

    def on_chunk_returned(self, mentioned: Collection[str]) -> tuple[Chunk, list[Item]]:
        """Note that the oldest chunk returned.

        Returns:
            The chunk, and its items without an outcome; these are no longer outstanding here, as the driver tries them elsewhere.
        """
        chunk = self.chunks.popleft()
        self.progress_s = time.monotonic()
        missed = [item for item in chunk.items if item.source_id in self.outstanding and item.source_id not in mentioned]
        self.acknowledge(item.source_id for item in missed)
        return chunk, missed
