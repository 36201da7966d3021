"""Where each block of decoded sound belongs on the file's clock: samples are counted, and stamps are followed where they mean it.

Counting is exact, stamps are rounded, and some are wrong. What a stamp says against the count is its distance, in ms:

    rounded stamps       0   0  -1   0   0  -1   0   0        nothing to do
    jitter               0  14 -18   9  -3 -16  12   2        nothing to do: its mean is 0
    one wrong stamp      0   0   0 500   0   0   0   0        nothing to do: those after it say so
    three lost packets   0   0   0  64  64  64  64  64        64 ms of silence before the first of the 64s
    joined files         0   0 -21 -21 -21 -21 -21 -21        the first 21 ms of the second file are heard already: dropped

So a block waits for the next few before it is placed. A distance is followed where it lasts: where the blocks in sight agree on it, or,
where stamps jitter, where its mean over a longer while leaves no doubt.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median, stdev
from typing import Final

from av.audio.stream import AudioStream
from jaxtyping import Float32
from numpy import ndarray

from avemo_core.media.clock import MAX_LEAP_S

LOOK_AHEAD: Final = 6
"""Blocks in sight when one is placed, itself among them."""
FOLLOW_S: Final = 0.005
"""Distances up to this are left: stamps are rounded to a millisecond or so, and a correction is a click."""
STEADY_S: Final = 0.002
"""Distances this near to each other agree."""
AGREEING: Final = 5 / 6
"""The share of the blocks in sight that must agree: one stamp may be wrong."""
JITTERY: Final = 3.0
"""Where stamps jitter, some agree by chance: a distance that is followed is so many times the median change from stamp to stamp."""
GAP_S: Final = 0.1
"""Distances beyond this are a gap or an overlap even where stamps jitter."""
COARSE: Final = frozenset({"pcm_dvd"})
"""Codecs whose stamps are those of the first access unit in a block, which FFmpeg takes for the block's start: only gaps are believed."""
LONG_LOOK: Final = 48
"""Blocks over which the mean distance of stamps that jitter is taken, about a second."""
DRIFT_S: Final = 0.01
"""Such a mean beyond this is followed..."""
CERTAIN: Final = 4.0
"""...when it is so many times its standard error."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A block of sound, and what lies between it and the block before."""

    time_s: float
    """When it starts, on the file's clock."""
    samples: Float32[ndarray, "channel n"]
    rate_hz: int
    names: tuple[str, ...]
    """Of the channels."""
    silence: int
    """Samples of silence before it."""
    dropped: int
    """Samples that were taken off its start, as they are heard already."""


class SoundAligner:
    """Places blocks of sound one after the other.

    Args:
        follow_s: distances up to this are left, unless stamps jitter.
    """

    def __init__(self, follow_s: float = FOLLOW_S) -> None:
        self._follow_s = follow_s
        self.end_s: float | None = None
        """Where the blocks placed so far end; None before the first."""
        self._held: deque[tuple[Float32[ndarray, "channel n"], int, tuple[str, ...], float | None]] = deque()
        self._distances: deque[float] = deque(maxlen=LONG_LOOK)
        """Of the blocks placed since the last correction."""
        self._changes: deque[float] = deque(maxlen=LONG_LOOK)
        """From one block's distance to the next one's."""
        self._last: float | None = None
        """Distance of the block placed last, after its correction."""

    def add(self, samples: Float32[ndarray, "channel n"], rate_hz: int, names: tuple[str, ...], stamp_s: float | None) -> Iterator[Placed]:
        """Take the next block; yields those that are placed by now.

        Args:
            samples: full scale 1.
            rate_hz: samples a second.
            names: of the channels, as FFmpeg has them.
            stamp_s: when it starts, on the file's clock; None: it does not say.
        """
        self._held.append((samples, rate_hz, names, stamp_s))
        while len(self._held) >= LOOK_AHEAD:
            yield self._next()

    def rest(self) -> Iterator[Placed]:
        """The blocks that still wait."""
        while self._held:
            yield self._next()

    def _next(self) -> Placed:
        end_s = self._start() if self.end_s is None else self.end_s
        distances = self._in_sight(end_s)
        samples, rate_hz, names, _ = self._held.popleft()
        shift = round(self._correction(distances) * rate_hz)
        self._remember(distances[0], shift / rate_hz)
        silence, dropped = max(0, shift), min(max(0, -shift), samples.shape[1])
        time_s = end_s + silence / rate_hz
        self.end_s = time_s + (samples.shape[1] - dropped) / rate_hz
        return Placed(time_s, samples[:, dropped:], rate_hz, names, silence, dropped)

    def _remember(self, distance: float | None, corrected_s: float) -> None:
        if corrected_s:
            self._distances.clear()
        elif distance is not None:
            self._distances.append(distance)
        if distance is not None and self._last is not None:
            self._changes.append(abs(distance - self._last))
        self._last = None if distance is None else distance - corrected_s

    def _start(self) -> float:
        """When the first block starts: what it says itself, what those after it agree on instead, or, where stamps jitter, their mean."""
        stamp_s = self._held[0][3] or 0.0
        known = [distance for distance in self._in_sight(stamp_s) if distance is not None]
        if len(known) <= LOOK_AHEAD // 2:
            return stamp_s
        if (lasting := _lasting(known[1:], self._follow_s)) is not None:
            return stamp_s + lasting
        mean, error = fmean(known), stdev(known) / math.sqrt(len(known))
        jitters = median(abs(after - before) for before, after in pairwise(known)) > STEADY_S
        return stamp_s + (mean if jitters and abs(mean) > error else 0.0)

    def _in_sight(self, end_s: float) -> list[float | None]:
        """The distance of each block that waits, were all of them placed one after the other from this time on."""
        distances: list[float | None] = []
        for samples, rate_hz, _, stamp_s in self._held:
            leaps = stamp_s is None or abs(stamp_s - end_s) >= MAX_LEAP_S
            distances.append(None if stamp_s is None or leaps else stamp_s - end_s)
            end_s += samples.shape[1] / rate_hz
        return distances

    def _correction(self, distances: Sequence[float | None]) -> float:
        """Seconds by which the next block starts after where the last one ended; negative: before."""
        known = [distance for distance in distances if distance is not None]
        own = distances[0]
        if own is None:
            return 0.0
        # Nearly always none of those in sight is far enough off to be followed by itself, and the medians can be spared.
        if any(abs(distance) > self._follow_s for distance in known) and (followed := self._followed(own, known)):
            return followed
        return self._drift()

    def _followed(self, own: float, known: Sequence[float]) -> float:
        """The distance that those in sight agree on; 0 where they do not."""
        follow_s = max(self._follow_s, JITTERY * median(self._changes or [0.0]))
        lasting = _lasting(known, follow_s) if len(known) >= LOOK_AHEAD // 2 else median(known)
        if lasting is not None and abs(own - lasting) <= STEADY_S and abs(lasting) > (follow_s if len(known) >= LOOK_AHEAD // 2 else GAP_S):
            return lasting
        if abs(own) > GAP_S and sum(math.copysign(1, own) * distance > GAP_S for distance in known) >= AGREEING * len(known):
            return median(known)
        return 0.0

    def _drift(self) -> float:
        """The mean distance of a longer while, where it is beyond doubt; else 0."""
        if len(self._distances) < LONG_LOOK:
            return 0.0
        mean = sum(self._distances) / LONG_LOOK
        if abs(mean) <= max(DRIFT_S, self._follow_s):
            return 0.0
        return mean if abs(mean) > CERTAIN * stdev(self._distances) / math.sqrt(LONG_LOOK) else 0.0


def follow_s(stream: AudioStream | None) -> float:
    """Up to which distance the stamps of a stream are left."""
    return GAP_S if stream is not None and stream.codec_context.name in COARSE else FOLLOW_S


def _lasting(distances: Sequence[float], follow_s: float) -> float | None:
    """The distance beyond this that enough of these agree on; None: there is none."""
    middle = median(distances)
    agree = sum(abs(distance - middle) <= STEADY_S for distance in distances)
    return middle if abs(middle) > follow_s and agree >= AGREEING * len(distances) - 1e-9 else None
