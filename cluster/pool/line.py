"""Items that wait in order, read one ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from cluster.pool.work import Item


class Line:
    """Items in order; it is true while there is one.

    Args:
        items: read lazily, one ahead.
    """

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._rest = iter(items)
        self._read = deque(islice(self._rest, 1))

    def __bool__(self) -> bool:
        return bool(self._read)

    def append(self, items: Iterable[Item]) -> None:
        """Let items wait behind those that were read."""
        self._read.extend(items)

    def take(self, most: int) -> list[Item]:
        """The next items, at most so many."""
        return list(islice(self._each(), most))

    def take_of_file(self, uri: str, most: int) -> list[Item]:
        """The next items, at most so many, as far as they are of this file."""
        taken: list[Item] = []
        while len(taken) < most and self._read and self._read[0].uri == uri:
            taken += self.take(1)
        return taken

    def _each(self) -> Iterator[Item]:
        while self._read:
            item = self._read.popleft()
            if not self._read:
                self._read.extend(islice(self._rest, 1))
            yield item
