"""Times of display out of times of decoding: AVI has no others.

A packet of AVI has the time at which it is decoded. Pictures come out of the decoder in another order, and encoders write the times of
decoding as those of display, later by as many pictures as the order needs (here one), and by their time:

    packets, as they are decoded      I0   P2   B1   P4   B3   P5       by the number of their picture
    their stamps                      0    1    2    3    6    7        ticks; picture 3 is shown for 3 ticks
    pictures, as they come out        0    1    2    3    4    5
    their times                       0    1    2    5    6    7        the stamp one packet on, less the first such distance

A file shows one picture a packet, so the next picture out has the first place that is not taken yet. The place of a packet that gives no
picture is taken out: at once where the decoder refuses it, otherwise at the next key frame, before which all earlier ones are out, and
those that are decoded after it and shown before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Final, Generic, TypeVar

LOOK_AHEAD: Final = 8
"""Pictures that the first one waits for: by then the order has shown how deep it is, if the stream's header does not say."""
RECENT: Final = 16
"""Pictures that may be shown before a key frame and decoded after it: no decoder holds more."""

Item = TypeVar("Item")


class DisplayOrder(Generic[Item]):
    """Gives pictures the stamps of packets, in order; all in the stream's ticks.

    Args:
        late_ticks: by so much the writer moved all pictures but the first, which stands at 0, to make room for the run-in of the sound.
    """

    def __init__(self, late_ticks: int = 0) -> None:
        self._late_ticks = late_ticks
        self._stamps: list[int] = []
        self._places: dict[int, int] = {}
        """Of each packet in the file, by its stamp."""
        self._free: list[int] = []
        """Places that no picture has yet: a heap."""
        self._depth = 0
        """How many packets the order of decoding runs ahead of that of display."""
        self._out = 0
        self._recent: deque[int] = deque(maxlen=RECENT)
        """Places, among packets, of the pictures that came out last."""
        self._held: deque[tuple[Item, int | None]] = deque()

    def packet(self, stamp: int) -> None:
        """A packet is about to be decoded."""
        self._places[stamp] = len(self._stamps)
        heappush(self._free, len(self._stamps))
        self._stamps.append(stamp)

    def refused(self, stamp: int) -> None:
        """The decoder refused it: it will give no picture."""
        place = self._places.get(stamp)
        if place in self._free:
            self._free.remove(place)
            heapify(self._free)

    def add(self, item: Item, stamp: int | None, *, is_key_frame: bool) -> Iterator[tuple[Item, int | None]]:
        """Take the next picture out of the decoder; yields those whose times are known by now, with them.

        Args:
            item: the picture.
            stamp: of the packet that it was decoded from; None: not known.
            is_key_frame: whether all packets before its own have given their pictures.
        """
        if not self._out and not self._held:
            self._depth = len(self._stamps) - 1  # what the decoder held back by the stream's own header
        own = None if stamp is None else self._places.get(stamp)
        if is_key_frame and own is not None:
            leading = sum(each > own for each in self._recent)
            while self._free and self._free[0] < own + leading:
                heappop(self._free)
        if own is not None:
            self._recent.append(own)
        place = heappop(self._free) if self._free else None
        if own is not None and place is not None:
            self._depth = max(self._depth, own - place)
        self._held.append((item, place))
        if self._out or len(self._held) > LOOK_AHEAD:
            yield from self.rest()

    def rest(self) -> Iterator[tuple[Item, int | None]]:
        """The pictures that wait still."""
        while self._held:
            item, place = self._held.popleft()
            self._out += 1
            yield item, None if place is None else self._time_of(place)

    def _time_of(self, place: int) -> int:
        stamps, depth = self._stamps, min(self._depth, len(self._stamps) - 1)
        if place + depth < len(stamps):
            ticks = stamps[place + depth] - (stamps[depth] - stamps[0])
        else:  # at the file's end no packet follows that would say it
            ticks = stamps[-1] - (stamps[depth] - stamps[0]) + (place + depth - len(stamps) + 1) * (stamps[-1] - stamps[-2])
        return ticks - self._late_ticks if ticks > 0 else ticks
