"""Chunks: clips that are handed out together, and split when one of them costs a worker.

    fresh items --cut--> clean chunk --sent out--> done
                                        |  its worker is lost, or gives no outcome
                                        v
                               quarantined halves --each sent out alone--> done, halves again, or a reject

A clip that kills its worker is found by bisection: no clip is rejected for what its neighbour did.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from cluster.pool.work import Item
from cluster.tables.rejects import Rejected
from schemas.rejects import Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """Items that are handed out together, and how often that went wrong."""

    items: tuple[Item, ...]
    failures: int = 0
    """How often it, or a larger chunk it was part of, cost a worker or came back without an outcome."""
    alone: int = 0
    """How many of these failures its only item had to itself."""
    overran: bool = False
    """Whether one of them was a passed deadline."""

    @property
    def is_quarantined(self) -> bool:
        """Whether one of its items may cost a worker: such a chunk is sent out alone."""
        return self.failures > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why items came back without an outcome."""

    reason: Reason
    """worker_died, deadline or failed."""
    detail: str
    worker: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """When to stop trying an item."""

    attempts: int
    """Tries that an item gets alone."""
    stage: str
    """The stage that its reject names."""


def split(chunk: Chunk, left: Sequence[Item], failure: Failure, policy: RetryPolicy) -> tuple[list[Chunk], list[Rejected]]:
    """What becomes of the items a chunk did not get done: two halves, another try, or a reject.

    Args:
        chunk: as it was sent out.
        left: its items without an outcome.
        failure: why.
        policy: how often an item alone is tried. One that passes the deadline alone, after it did so in company, gets no
            further try: a hanging clip holds a worker for the whole deadline each time.
    """
    alone = chunk.alone + (len(chunk.items) == 1)
    overran = failure.reason is Reason.DEADLINE
    if len(left) <= 1 and (alone >= policy.attempts or (alone and overran and chunk.overran)):
        return [], [_rejected(item, failure, chunk.failures + 1, policy.stage) for item in left]
    halves = (left[: len(left) // 2], left[len(left) // 2 :])
    quarantined = replace(chunk, failures=chunk.failures + 1, alone=alone, overran=chunk.overran or overran)
    return [replace(quarantined, items=tuple(half)) for half in halves if half], []


class ChunkQueue:
    """The work that waits: quarantined chunks, what came back, then fresh items cut into chunks as they are asked for.

    Args:
        items: read lazily.
        size: most items in a chunk.
        count: about how many items there are; known, chunks get smaller towards the end, so that all workers end together.
    """

    def __init__(self, items: Iterable[Item], size: int, count: int | None = None) -> None:
        self._size, self._left = size, count
        self._fresh = iter(items)
        self._requeued: deque[Chunk] = deque()
        self._quarantined: deque[Chunk] = deque()
        self._ahead: Item | None = next(self._fresh, None)

    def __bool__(self) -> bool:
        return self._ahead is not None or bool(self._requeued) or bool(self._quarantined)

    @property
    def max_chunks(self) -> int | None:
        """How many more workers could find something to do; None: not known."""
        if self._left is None:
            return None
        return self._left + len(self._requeued) + len(self._quarantined)

    @property
    def has_quarantined(self) -> bool:
        """Whether chunks wait that must be sent out alone."""
        return bool(self._quarantined)

    def next_quarantined(self) -> Chunk:
        """The next chunk that must be sent out alone."""
        return self._quarantined.popleft()

    def next_clean(self, workers: int) -> Chunk | None:
        """The next chunk that may share a worker with others; None if there is none."""
        if self._requeued:
            return self._requeued.popleft()
        items = tuple(islice(self._take(), self._next_size(workers)))
        return Chunk(items=items) if items else None

    def requeue(self, quarantined: Iterable[Chunk] = (), clean: Sequence[Item] = ()) -> None:
        """Queue what came back undone, before all fresh items: chunks to be sent out alone, and items that did no harm."""
        self._quarantined.extend(quarantined)
        for start in range(0, len(clean), self._size):
            self._requeued.append(Chunk(items=tuple(clean[start : start + self._size])))

    def _take(self) -> Iterator[Item]:
        while self._ahead is not None:
            item, self._ahead = self._ahead, next(self._fresh, None)
            if self._left is not None:
                self._left -= 1
            yield item

    def _next_size(self, workers: int) -> int:
        if self._left is None:
            return self._size
        return max(1, min(self._size, self._left // (4 * max(workers, 1))))


def _rejected(item: Item, failure: Failure, attempts: int, stage: str) -> Rejected:
    return Rejected(
        source_id=item.source_id,
        uri=item.uri,
        stage=stage,
        reason=failure.reason,
        detail=failure.detail,
        attempts=attempts,
        worker=failure.worker,
    )
