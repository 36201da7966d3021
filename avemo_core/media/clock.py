"""The file's clock: what the time stamps of its pictures say, as far as they can be believed.

Pictures and sound have one clock, in seconds. It starts at the container's start time, which is the origin:

    stamps in the file    3.00  3.04  3.12  3.12  3.16  6.16  3.24  none  3.32       origin 3.00, 0.04 s from frame to frame
    time of the picture   0.00  0.04  0.08  0.12  0.16  0.20  0.24  0.28  0.32
                                      ^                 ^           ^
                       stamped like the next one     leaps      no stamp: between its neighbours, at most a frame's length apart

Which of two stamps in the wrong order is the wrong one is seen from those that follow: a picture is given its time when the two after
it are known, or, where these contradict it, a few more. So a bad stamp costs the one picture, not the rest.

Sound is placed by the same clock, but counted in samples (sound.py, stamps/alignment.py).

    pictures            |    |    |    |    |    |    |    |    |     a picture has the time at which it comes up
    sound               ..........................................    a sample every 1/16000 s
    a range                  [start_s            )stop_s              half-open: what stands at stop_s is not in it
    in the range             |    |    |    |
                             ....................
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Final, Generic, TypeVar

MAX_LEAP_S: Final = 600.0
"""A stamp that leaps further is a broken clock, and time goes on where it was."""
DEFAULT_FRAME_S: Final = 0.04
"""Time from frame to frame where the file names no rate."""
MIN_FPS: Final = 0.1
MAX_FPS: Final = 1000.0
"""Rates outside are not believed."""
LOOK_AHEAD: Final = 2
"""Pictures that a picture waits for."""
LONGEST_LOOK: Final = 12
"""Pictures that it waits for where their stamps contradict each other."""
CLEAR_SHARE: Final = 0.5
"""Stamps have started anew where more than this share of those in sight rise together, all of them below the last picture."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Timed(Generic[Item]):
    """Something with its time on the file's clock."""

    item: Item
    time_s: float
    is_stamped: bool
    """Whether that is what its stamp says; otherwise it had none that could be believed."""


class PictureClock(Generic[Item]):
    """Gives pictures their times, in rising order; takes anything that has a stamp.

    Args:
        nominal_s: time from frame to frame.
    """

    def __init__(self, nominal_s: float) -> None:
        self.nominal_s = nominal_s
        self.is_after_seek = False
        """Whether the first stamp may be far from the file's start."""
        self.last_s: float | None = None
        """Time of the picture given out last; None before the first."""
        self._held: deque[tuple[Item, float | None]] = deque()
        self._moved_s = 0.0
        """What is added to stamps that started anew."""

    def add(self, item: Item, stamp_s: float | None) -> Iterator[Timed[Item]]:
        """Take the next picture in order of display; yields those whose times are known by now.

        Args:
            item: what is given out again.
            stamp_s: its stamp on the file's clock; None where it has none.
        """
        self._held.append((item, stamp_s))
        while len(self._held) > LOOK_AHEAD and self._rises():
            first, first_s = self._held.popleft()
            self.last_s = (first_s or 0.0) + self._moved_s
            yield Timed(first, self.last_s, is_stamped=True)
        while len(self._held) > LONGEST_LOOK:
            yield self._next()

    def rest(self) -> Iterator[Timed[Item]]:
        """The pictures that still wait."""
        while self._held:
            yield self._next()

    def _rises(self) -> bool:
        """Whether the next picture and those that it waits for have stamps in order."""
        last_s = self.last_s
        for _, stamp_s in islice(self._held, LOOK_AHEAD + 1):
            if stamp_s is None or not self._may_follow(stamp_s + self._moved_s, last_s):
                return False
            last_s = stamp_s + self._moved_s
        return True

    def _may_follow(self, stamp_s: float, last_s: float | None) -> bool:
        if last_s is None:
            return self.is_after_seek or abs(stamp_s) < MAX_LEAP_S
        return last_s < stamp_s < last_s + MAX_LEAP_S

    def _next(self) -> Timed[Item]:
        stamps = [None if stamp_s is None else stamp_s + self._moved_s for _, stamp_s in self._held]
        followed = self._rising(stamps, self.last_s)
        if not followed:
            followed = self._anew(stamps)
        item, _ = self._held.popleft()
        self.last_s = self._time_of_first(followed)
        return Timed(item, self.last_s, is_stamped=bool(followed) and followed[0][0] == 0)

    def _time_of_first(self, followed: Sequence[tuple[int, float]]) -> float:
        """Time of the next picture, by the stamps that are followed: (how many pictures after it, stamp)."""
        if not followed:
            return 0.0 if self.last_s is None else self.last_s + self.nominal_s
        after, stamp_s = followed[0]
        if self.last_s is None:
            return stamp_s - after * self.nominal_s
        return self.last_s + (stamp_s - self.last_s if after == 0 else min(self.nominal_s, (stamp_s - self.last_s) / (after + 1)))

    def _anew(self, stamps: list[float | None]) -> list[tuple[int, float]]:
        """Stamps that rise together, but below the last picture, moved to follow it; none where too few do."""
        rising = self._rising(stamps, None, anywhere=True)
        if len(rising) <= CLEAR_SHARE * len(stamps) or len(rising) <= 1:
            return []
        after, stamp_s = rising[0]
        move_s = (0.0 if self.last_s is None else self.last_s + self.nominal_s) + after * self.nominal_s - stamp_s
        self._moved_s += move_s
        return [(place, stamp + move_s) for place, stamp in rising]

    def _rising(self, stamps: Sequence[float | None], last_s: float | None, *, anywhere: bool = False) -> list[tuple[int, float]]:
        """The longest series of stamps that rise above the last picture; of equally long ones the one of the smallest steps.

        A stamp that its successor carries too could belong to either; the even series says whose it is:

            stamps   0.04  0.12  0.12  0.16        0.04 . . 0.12  0.16    steps of 0.04, 0.04, 0.04: the first 0.12 is the wrong one
                                                   0.04  0.12 . . 0.16    steps of 0.08, 0.02, 0.02
        """
        best: list[tuple[int, float, int] | None] = [None] * len(stamps)  # by its first member: length, minus its largest step, the next

        def step(before: int, before_s: float | None, place: int, stamp_s: float) -> float | None:
            if before_s is None:
                return 0.0 if anywhere or self._may_follow(stamp_s, None) else None
            return (stamp_s - before_s) / (place - before) if before_s < stamp_s < before_s + MAX_LEAP_S else None

        def longest(before: int, before_s: float | None) -> tuple[int, float, int]:
            """Length, minus the largest step and first member of the best series after a picture."""
            found = (0, 0.0, -1)
            for place in range(before + 1, len(stamps)):
                stamp_s, rest = stamps[place], best[place]
                wide = None if stamp_s is None or rest is None else step(before, before_s, place, stamp_s)
                if wide is not None and rest is not None:
                    found = max(found, (rest[0] + 1, min(rest[1], -wide), place), key=lambda each: each[:2])
            return found

        for place in reversed(range(len(stamps))):
            if stamps[place] is not None:
                best[place] = longest(place, stamps[place])
        series, follow = [], longest(-1, last_s)[2]
        while follow >= 0:
            stamp_s, rest = stamps[follow], best[follow]
            assert stamp_s is not None  # noqa: S101 - only stamps are members
            assert rest is not None  # noqa: S101
            series.append((follow, stamp_s))
            follow = rest[2]
        return series


def nominal_s(*rates_fps: Fraction | None) -> float:
    """Time from frame to frame by the first believable rate."""
    return next((1 / float(rate) for rate in rates_fps if rate and MIN_FPS <= rate <= MAX_FPS), DEFAULT_FRAME_S)
