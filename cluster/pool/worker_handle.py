"""One worker as the driver sees it: what it was sent, and when it last showed progress."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterable
from typing import Any

from cluster.pool.chunks import Chunk, Failure
from cluster.pool.work import Item, WorkerReport

IN_FLIGHT: int = 2
"""Chunks a worker has at most: one at work, one waiting at hand."""


class WorkerHandle:
    """A worker of the pool; everything it was sent stays outstanding until it is staged or rejected.

    Attributes:
        actor: the handle of its Ray actor.
        name: host and process, once it answered; "" before.
        chunks: sent out and not yet returned, oldest first.
        outstanding: items sent out that were neither staged nor rejected so far, by source_id.
        termination: why it gets no more work; None while it does.
    """

    def __init__(self, actor: Any) -> None:  # noqa: ANN401 - Ray makes the class of a handle
        self.actor = actor
        self.name = ""
        self.chunks: deque[Chunk] = deque()
        self.outstanding: dict[str, Item] = {}
        self.termination: Failure | None = None
        self.flushing = False
        self.flushed_s = self.progress_s = time.monotonic()
        self.report: WorkerReport | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it answered and is not about to be terminated."""
        return bool(self.name) and self.termination is None

    @property
    def has_room(self) -> bool:
        """Whether it may be sent one more clean chunk."""
        return self.is_ready and len(self.chunks) < IN_FLIGHT and not any(chunk.is_quarantined for chunk in self.chunks)

    @property
    def has_nothing_outstanding(self) -> bool:
        """Whether nobody else would suffer from a chunk that kills it."""
        return self.is_ready and not self.outstanding

    @property
    def is_idle(self) -> bool:
        """Whether it has no work, though finished rows may wait in it to be staged."""
        return self.is_ready and not self.chunks

    @property
    def finished_unstaged(self) -> int:
        """How many of its items are finished but not staged."""
        waiting = sum(item.source_id in self.outstanding for chunk in self.chunks for item in chunk.items)
        return len(self.outstanding) - waiting

    def on_sent(self, chunk: Chunk) -> None:
        """Note a chunk that was sent out."""
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
        """These sources are outstanding no longer."""
        for source_id in source_ids:
            self.outstanding.pop(source_id, None)

    def on_chunk_returned(self, mentioned: Collection[str]) -> tuple[Chunk, list[Item]]:
        """Note that the oldest chunk came back; the items it did not mention are no longer outstanding here."""
        chunk = self.chunks.popleft()
        self.progress_s = time.monotonic()
        missed = [item for item in chunk.items if item.source_id in self.outstanding and item.source_id not in mentioned]
        self.acknowledge(item.source_id for item in missed)
        return chunk, missed
