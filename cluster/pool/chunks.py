"""Shards: groups of items that are sent out together, and split when one of them costs a worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from cluster.pool.work import Item
from cluster.tables.rejects import Rejected
from schemas.rejects import Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """A group of items, and what is held against it."""

    items: tuple[Item, ...]
    losses: int = 0
    """How often it, or a larger shard it was part of, cost a worker or came back without an outcome."""
    alone: int = 0
    """How many of these losses its only item had to itself."""
    overran: bool = False
    """Whether one of them was a passed deadline."""

    @property
    def suspect(self) -> bool:
        """Whether one of its items may cost a worker: such a shard is sent out alone."""
        return self.losses > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """Why items came back without an outcome."""

    reason: Reason
    """worker_died, deadline or failed."""
    detail: str
    worker: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """When to stop trying an item."""

    attempts: int
    """Tries that an item gets alone."""
    stage: str
    """The stage that its reject names."""


def split(shard: Shard, left: Sequence[Item], loss: Loss, patience: Patience) -> tuple[list[Shard], list[Rejected]]:
    """What becomes of the items a shard did not get done: two halves, another try, or a reject.

    Args:
        shard: as it was sent out.
        left: its items without an outcome.
        loss: why.
        patience: how often an item alone is tried. One that passes the deadline alone, after it did so in company, gets no
            further try: a hanging clip holds a worker for the whole deadline each time.
    """
    alone = shard.alone + (len(shard.items) == 1)
    overran = loss.reason is Reason.DEADLINE
    if len(left) <= 1 and (alone >= patience.attempts or (alone and overran and shard.overran)):
        return [], [_rejected(item, loss, shard.losses + 1, patience.stage) for item in left]
    halves = (left[: len(left) // 2], left[len(left) // 2 :])
    return [Shard(items=tuple(half), losses=shard.losses + 1, alone=alone, overran=shard.overran or overran) for half in halves if half], []


class ShardQueue:
    """The work that waits: suspects, what came back, then fresh items cut into shards as they are asked for.

    Args:
        items: read lazily.
        size: most items in a shard.
        count: about how many items there are; known, shards get smaller towards the end, so that all workers end together.
    """

    def __init__(self, items: Iterable[Item], size: int, count: int | None = None) -> None:
        self._size, self._left = size, count
        self._fresh = iter(items)
        self._returned: deque[Shard] = deque()
        self._suspects: deque[Shard] = deque()
        self._ahead: Item | None = next(self._fresh, None)

    def __bool__(self) -> bool:
        return self._ahead is not None or bool(self._returned) or bool(self._suspects)

    @property
    def most_shards(self) -> int | None:
        """How many more workers could find something to do; None: not known."""
        if self._left is None:
            return None
        return self._left + len(self._returned) + len(self._suspects)

    @property
    def has_suspects(self) -> bool:
        """Whether shards wait that must be sent out alone."""
        return bool(self._suspects)

    def suspect(self) -> Shard:
        """The next shard that must be sent out alone."""
        return self._suspects.popleft()

    def innocent(self, workers: int) -> Shard | None:
        """The next shard that may share a worker with others; None if there is none."""
        if self._returned:
            return self._returned.popleft()
        items = tuple(islice(self._take(), self._next_size(workers)))
        return Shard(items=items) if items else None

    def give_back(self, suspects: Iterable[Shard] = (), innocents: Sequence[Item] = ()) -> None:
        """Queue what came back undone, before all fresh items: shards to be sent out alone, and items nobody suspects."""
        self._suspects.extend(suspects)
        for start in range(0, len(innocents), self._size):
            self._returned.append(Shard(items=tuple(innocents[start : start + self._size])))

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


def _rejected(item: Item, loss: Loss, attempts: int, stage: str) -> Rejected:
    return Rejected(
        source_id=item.source_id,
        uri=item.uri,
        stage=stage,
        reason=loss.reason,
        detail=loss.detail,
        attempts=attempts,
        worker=loss.worker,
    )
