"""One actor as the driver sees it: what it was given, and when it last showed progress."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection
from typing import Any

from cluster.pool.chunks import Loss, Shard
from cluster.pool.work import Item, Report

IN_FLIGHT: int = 2
"""Shards an actor has at most: one at work, one waiting at hand."""


class Member:
    """An actor of the crew; everything it was given stays on its account until it is published or rejected.

    Attributes:
        handle: of the Ray actor.
        name: host and process, once it answered; "" before.
        shards: sent out and not yet returned, oldest first.
        owed: items sent out that were neither staged nor rejected so far, by source_id.
        farewell: why it gets no more work; None while it does.
    """

    def __init__(self, handle: Any) -> None:  # noqa: ANN401 - Ray makes the class of a handle
        self.handle = handle
        self.name = ""
        self.shards: deque[Shard] = deque()
        self.owed: dict[str, Item] = {}
        self.farewell: Loss | None = None
        self.flushing = False
        self.flushed_s = self.progress_s = time.monotonic()
        self.report: Report | None = None

    @property
    def ready(self) -> bool:
        """Whether it answered a ping and is not about to leave."""
        return bool(self.name) and self.farewell is None

    @property
    def has_room(self) -> bool:
        """Whether it may be given one more innocent shard."""
        return self.ready and len(self.shards) < IN_FLIGHT and not any(shard.suspect for shard in self.shards)

    @property
    def has_clear_desk(self) -> bool:
        """Whether nobody else would suffer from a shard that kills it."""
        return self.ready and not self.owed

    @property
    def idle(self) -> bool:
        """Whether it has no work, though there may be rows on its desk."""
        return self.ready and not self.shards

    @property
    def in_hand(self) -> int:
        """How many of its items are finished but not staged."""
        waiting = sum(item.source_id in self.owed for shard in self.shards for item in shard.items)
        return len(self.owed) - waiting

    def given(self, shard: Shard) -> None:
        """Note a shard that was sent out."""
        if not self.shards:
            self.progress_s = time.monotonic()
        self.shards.append(shard)
        self.owed.update((item.source_id, item) for item in shard.items)

    def heard(self, report: Report) -> None:
        """Note a report: what is staged or rejected is off its account."""
        if self.report is None or report.steps > self.report.steps:
            self.progress_s = time.monotonic()
        self.report = report
        self.settle(source_id for staged in report.staged for source_id in staged.source_ids)
        self.settle(rejected.source_id for rejected in report.rejected)

    def settle(self, source_ids: Any) -> None:  # noqa: ANN401
        """Take sources off its account."""
        for source_id in source_ids:
            self.owed.pop(source_id, None)

    def returned(self, mentioned: Collection[str]) -> tuple[Shard, list[Item]]:
        """Note that the oldest shard came back; the items it did not mention go off this account."""
        shard = self.shards.popleft()
        self.progress_s = time.monotonic()
        missed = [item for item in shard.items if item.source_id in self.owed and item.source_id not in mentioned]
        self.settle(item.source_id for item in missed)
        return shard, missed
