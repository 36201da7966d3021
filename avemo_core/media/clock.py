"""The file's clock: what its time stamps say, as far as they can be believed.

Pictures and sound have one clock, in seconds. It starts at the container's start time, which is the origin:

    stamps in the file    3.00  3.04  3.08  none  3.08  3.20        origin 3.00, 0.04 s from frame to frame
    time of the picture   0.00  0.04  0.08  0.12  0.16  0.20
                                             ^     ^
                  no stamp, or one that runs backwards or leaps: a frame's length after the picture before

Sound is placed by the same clock, but counted in samples: a stamp moves it only where it leaves a gap or an overlap (sound.py).

    pictures            |    |    |    |    |    |    |    |    |     a picture has the time at which it comes up
    sound               ..........................................    a sample every 1/16000 s
    a range                  [start_s            )stop_s              half-open: what stands at stop_s is not in it
    in the range             |    |    |    |
                             ....................
"""

from fractions import Fraction
from typing import Final

MAX_LEAP_S: Final = 600.0
"""A stamp that leaps further is a broken clock, and time goes on where it was."""
DEFAULT_FRAME_S: Final = 0.04
"""Time from frame to frame where the file names no rate."""
MIN_FPS: Final = 0.1
MAX_FPS: Final = 1000.0
"""Rates outside are not believed."""


class Clock:
    """Gives pictures their times, in rising order.

    Args:
        origin_s: the stamp at which the file's clock starts.
        nominal_s: time from frame to frame.
    """

    def __init__(self, origin_s: float, nominal_s: float) -> None:
        self.origin_s, self.nominal_s = origin_s, nominal_s
        self.last_s: float | None = None
        """Time of the picture before; None before the first."""
        self.is_after_seek = False
        """Whether the first stamp may be far from the start, as after seeking."""

    def stamp_s(self, time_s: float | None) -> float | None:
        """A frame's time stamp on the file's clock; None where it has none."""
        return None if time_s is None else time_s - self.origin_s

    def first_s(self, stamp_s: float | None) -> float:
        """Time of a stream's first frame: its stamp, or 0 where that is missing or absurd."""
        is_near = stamp_s is not None and (self.is_after_seek or abs(stamp_s) < MAX_LEAP_S)
        return stamp_s if stamp_s is not None and is_near else 0.0

    def next_s(self, stamp_s: float | None) -> float:
        """Time of the next picture: its stamp, or the nominal distance after the last one when that is missing, runs backwards or leaps."""
        if self.last_s is None:
            self.last_s = self.first_s(stamp_s)
        elif stamp_s is not None and self.last_s < stamp_s < self.last_s + MAX_LEAP_S:
            self.last_s = stamp_s
        else:
            self.last_s += self.nominal_s
        return self.last_s


def nominal_s(*rates_fps: Fraction | None) -> float:
    """Time from frame to frame by the first believable rate."""
    return next((1 / float(rate) for rate in rates_fps if rate and MIN_FPS <= rate <= MAX_FPS), DEFAULT_FRAME_S)
