"""Chunks: clips that are handed out at once, and split when one of them kills its worker.

    fresh items --> clean chunk --sent--> all have an outcome
                                   |  its worker is lost, or left items without an outcome
                                   v
                                two quarantined halves --each sent to a worker that holds nothing else--> outcomes, halves again,
                                                                                                          or a reject

    a chunk of 8 in which clip 5 kills:  [0 1 2 3 4 5 6 7] --> [0 1 2 3]  [4 5 6 7] --> [4 5]  [6 7] --> [4]  [5] --> [5] --> [5] reject

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
    """Items that are handed out at once, and how often that failed."""

    items: tuple[Item, ...]
    failures: int = 0
    """How often it, or a larger chunk it was part of, lost its worker or came back with items without an outcome."""
    alone: int = 0
    """How many of these failures came while it held a single item."""
    overran: bool = False
    """Whether one of the failures was a missed deadline."""

    @property
    def is_quarantined(self) -> bool:
        """Whether one of its items may kill a worker: such a chunk goes to a worker that holds nobody else's rows."""
        return self.failures > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why a chunk's items have no outcome."""

    reason: Reason
    """worker_died, deadline or failed."""
    detail: str
    worker: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """How often an item is tried before it is rejected."""

    attempts: int
    """Tries that an item gets alone in its chunk."""
    stage: str
    """The stage that its reject names."""


def split(chunk: Chunk, left: Sequence[Item], failure: Failure, policy: RetryPolicy) -> tuple[list[Chunk], list[Rejected]]:
    """What becomes of a chunk's items that have no outcome: two quarantined halves, another try alone, or a reject.

    Args:
        chunk: as it was sent.
        left: its items without an outcome.
        failure: why they have none.
        policy: how often an item alone is tried.

    Returns:
        The quarantined chunks to send next, and the rejects; one of the two is empty.
    """
    # A clip that hangs holds a worker for the whole deadline each time: the second missed deadline, if alone in its chunk, is the last.
    alone = chunk.alone + (len(chunk.items) == 1)
    overran = failure.reason is Reason.DEADLINE
    if len(left) <= 1 and (alone >= policy.attempts or (alone and overran and chunk.overran)):
        return [], [_rejected(item, failure, chunk.failures + 1, policy.stage) for item in left]
    halves = (left[: len(left) // 2], left[len(left) // 2 :])
    quarantined = replace(chunk, failures=chunk.failures + 1, alone=alone, overran=chunk.overran or overran)
    return [replace(quarantined, items=tuple(half)) for half in halves if half], []


class ChunkQueue:
    """The work that waits: quarantined chunks, clean chunks that came back, and fresh items, put into chunks as they are sent.

    Args:
        items: read lazily, one item ahead.
        size: most items in a chunk.
        count: about how many items there are; where given, chunks get smaller towards the end, so that all workers end together.
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
        """How many chunks could still be sent, were each fresh item one of its own; None: not known."""
        if self._left is None:
            return None
        return self._left + len(self._requeued) + len(self._quarantined)

    @property
    def has_quarantined(self) -> bool:
        """Whether quarantined chunks wait."""
        return bool(self._quarantined)

    def next_quarantined(self) -> Chunk:
        """The next quarantined chunk."""
        return self._quarantined.popleft()

    def next_clean(self, workers: int) -> Chunk | None:
        """The next chunk that may go to a worker with other chunks; None if there is none.

        Args:
            workers: of the run; the chunk's size follows from it.
        """
        if self._requeued:
            return self._requeued.popleft()
        items = tuple(islice(self._take(), self._next_size(workers)))
        return Chunk(items=items) if items else None

    def requeue(self, quarantined: Iterable[Chunk] = (), clean: Sequence[Item] = ()) -> None:
        """Queue what came back without an outcome, ahead of all fresh items.

        Args:
            quarantined: chunks that may kill a worker.
            clean: items that were not at work when their worker was lost.
        """
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
        # A quarter of each worker's equal part of what is left: chunks shrink with it.
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
