"""Pictures evenly in time, kept while it is not known yet how long the clip is.

One is kept of each slot, the first; when there are too many, slots become twice as wide:

    pictures           | | | | | | | | | | | | | | | |
    kept, slot 1 s     a b c d e f                            more than 5: too many
    kept, slot 2 s     a   c   e   g   i                      and so on
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jaxtyping import UInt8
from numpy import ndarray

FIRST_SLOT_S: Final = 1 / 256
"""Narrower than from picture to picture: of a short clip all pictures are kept."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Moment:
    """A picture, small, and its time."""

    time_s: float
    bgr: UInt8[ndarray, "row column bgr"]


class Moments:
    """Keeps pictures evenly in time; they come in rising order.

    Args:
        most: so many at most; at least half as many are there once so many came evenly.
    """

    def __init__(self, most: int) -> None:
        self._most, self._slot_s = most, FIRST_SLOT_S
        self.kept: list[Moment] = []

    def wants(self, time_s: float) -> bool:
        """Whether the picture of this time would be kept."""
        return not self.kept or self._slot(time_s) > self._slot(self.kept[-1].time_s)

    def add(self, moment: Moment) -> None:
        """Keep a picture that is wanted."""
        self.kept.append(moment)
        while len(self.kept) > self._most:
            self._slot_s *= 2
            self.kept = [each for place, each in enumerate(self.kept) if not place or self._slot(each.time_s) > self._before(place)]

    def at(self, times_s: Sequence[float]) -> list[Moment]:
        """The kept picture nearest to each of some times, none of them twice."""
        nearest = [min(self.kept, key=lambda each: abs(each.time_s - time_s)) for time_s in times_s if self.kept]
        return sorted({each.time_s: each for each in nearest}.values(), key=lambda each: each.time_s)

    def _before(self, place: int) -> int:
        return self._slot(self.kept[place - 1].time_s)

    def _slot(self, time_s: float) -> int:
        # A picture at a slot's edge must not fall into the one before by the rounding of floats.
        return math.floor(time_s / self._slot_s + 1e-6)
