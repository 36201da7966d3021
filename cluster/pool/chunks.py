"""Chunks: clips that are handed out at once, and split when one of them kills its worker.

    fresh items --> clean chunk --sent--> all have an outcome
                                   |  its worker is lost, or left items without an outcome
                                   v
                                two quarantined halves --each sent to a worker that holds nothing else--> outcomes, halves again,
                                                                                                          or a reject

    a chunk of 8 in which clip 5 kills:  [0 1 2 3 4 5 6 7] --> [0 1 2 3]  [4 5 6 7] --> [4 5]  [6 7] --> [4]  [5] --> [5] --> [5] reject

A clip that kills its worker is found by bisection: no clip is rejected for what its neighbour did.

Where opening a file is dear, its clips stay together: the worker that got the first of them is at this file, and the others are kept
for it, a chunk at a time. Only where nothing else is left is a file divided: a worker without work takes the back half of what is
kept for another, if that is worth opening the file once more (a remote file: two chunks at least).

    items               a a a a a a a a b c d d d        chunks of 2, three workers
    1 is at a           a a|kept for 1: a a a a a a
    2 gets              b c
    3 is at d           d d|kept for 3: d
    later 2 divides a   kept for 1: a a, for 2: a a      each of the two reads a once
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cluster.pool.line import Line
from cluster.pool.work import Item
from cluster.storage.location import is_remote
from cluster.tables.rejects import Rejected
from schemas.rejects import Reason

MAX_KEPT: Final = 2**16
"""Items that wait for the workers at their files, of all files together; beyond it a file is given to whoever asks."""


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
    """The work that waits: quarantined chunks, clean items that came back, and fresh items, put into chunks as they are sent.

    Args:
        items: read lazily: one item ahead, and with `files_together` to the end of each file that a worker is at.
        size: most items in a chunk.
        count: about how many items there are; where given, chunks get smaller towards the end, so that all workers end together.
        files_together: whether items of one uri that follow each other are kept for the worker that began with them.
    """

    def __init__(self, items: Iterable[Item], size: int, count: int | None = None, *, files_together: bool = False) -> None:
        self._size, self._left, self._files_together = size, count, files_together
        self._fresh, self._returned = Line(items), Line()
        self._quarantined: deque[Chunk] = deque()
        self._kept: dict[Hashable, deque[Item]] = {}
        self._at: dict[Hashable, str] = {}

    def __bool__(self) -> bool:
        return self._has_clean or bool(self._quarantined)

    @property
    def _has_clean(self) -> bool:
        return bool(self._fresh or self._returned or self._kept)

    @property
    def max_chunks(self) -> int | None:
        """How many chunks could still be sent, were each clean item one of its own; None: not known."""
        if self._left is None:
            return None
        # The count is an estimate: what waits although it has run out needs a worker all the same.
        return max(self._left, int(self._has_clean)) + len(self._quarantined)

    @property
    def has_quarantined(self) -> bool:
        """Whether quarantined chunks wait."""
        return bool(self._quarantined)

    def next_quarantined(self, worker: Hashable = None) -> Chunk:
        """The next quarantined chunk, for a worker."""
        chunk = self._quarantined.popleft()
        self._at[worker] = chunk.items[-1].uri
        return chunk

    def next_clean(self, workers: int, worker: Hashable = None) -> Chunk | None:
        """The next chunk that may go to a worker with other chunks; None if there is none for it.

        Args:
            workers: of the run; the chunk's size follows from it.
            worker: who is to get it.
        """
        size = self._next_size(workers)
        items = (
            self._of_kept(worker, size)
            or self._of_line(self._returned, worker, size)
            or self._of_line(self._fresh, worker, size)
            or self._of_divided(worker, size)
        )
        if not items:
            return None
        if self._left is not None:
            self._left -= len(items)
        return Chunk(items=tuple(items))

    def requeue(self, quarantined: Iterable[Chunk] = (), clean: Sequence[Item] = (), *, lost: Hashable = None) -> None:
        """Queue what came back without an outcome, ahead of all fresh items.

        Args:
            quarantined: chunks that may kill a worker.
            clean: items that were not at work when their worker was lost.
            lost: that worker; what was kept for it is anybody's now.
        """
        self._quarantined.extend(quarantined)
        self._returned.append(clean)
        self._returned.append(self._kept.pop(lost, ()))
        self._at.pop(lost, None)
        if self._left is not None:
            self._left += len(clean)

    def _of_kept(self, worker: Hashable, size: int) -> list[Item]:
        kept = self._kept.get(worker, deque())
        items = [kept.popleft() for _ in range(min(size, len(kept)))]
        if not kept:
            self._kept.pop(worker, None)
        return items

    def _of_line(self, line: Line, worker: Hashable, size: int) -> list[Item]:
        """The line's next items; what else is there of the last one's file is kept for this worker."""
        items = line.take(size)
        if self._files_together and items:
            self._at[worker] = items[-1].uri
            room = MAX_KEPT - sum(map(len, self._kept.values()))
            if rest := deque(line.take_of_file(items[-1].uri, room)):
                self._kept[worker] = rest
        return items

    def _of_divided(self, worker: Hashable, size: int) -> list[Item]:
        """From the back half of what is kept for another worker: of the file that this one is at, or of that with most left."""
        at = self._at.get(worker)
        runs = [run for run in self._kept.values() if len(run) >= self._worth_dividing(run[0].uri, at)]
        if not runs:
            return []
        longest = max(runs, key=lambda run: (run[0].uri == at, len(run)))
        self._at[worker] = longest[0].uri
        back = [longest.pop() for _ in range((len(longest) + 1) // 2)]
        self._kept = {owner: run for owner, run in self._kept.items() if run} | {worker: deque(reversed(back))}
        return self._of_kept(worker, size)

    def _worth_dividing(self, uri: str, at: str | None) -> int:
        """So many items of a file are divided between its worker and one that is at another file, and would have to open this one too."""
        if uri == at:
            return 1
        return 2 * self._size if is_remote(uri) else 2

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
