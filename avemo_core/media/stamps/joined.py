"""Parts of a file whose stamps start anew, such as two recordings joined by `cat`: they are played one after the other.

Packets are given new stamps before they are decoded, all streams of a part by the same shift, so that sound and picture stay together:

    in the file      video  1.40 .. 4.40 | 1.40 .. 4.40      audio  1.38 .. 4.42 | 1.38 .. 4.42
    the first part ends at max(4.40, 4.42) = 4.42            the second begins at min(1.40, 1.38) = 1.38
    shift                               + 3.04
    played           video  1.40 .. 4.40 | 4.44 .. 7.44      audio  1.38 .. 4.42 | 4.42 .. 7.46

One stamp that runs backwards begins no part: packets are held back from there until each stream has shown that it stays below.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import av

from avemo_core.media.clock import MAX_LEAP_S

BACK_S: Final = 0.1
"""A stamp that is so much earlier than the last few of its stream may begin a new part."""
RECENT: Final = 4
"""The last few: a single wrong one among them does no harm."""
CONFIRMED: Final = 3
"""Packets of every stream that must be of the new part."""
MAX_HELD: Final = 1000
"""Packets held back at most while a stream is waited for."""


@dataclass(slots=True)
class _Stream:
    """One stream; stamps in seconds, as in the file."""

    tick_s: float
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))
    shift_s: float = 0.0
    """From there to when they are played."""
    end_s: float = 0.0
    """Where it ends so far, as played."""

    def decoded_s(self, packet: av.Packet[Any]) -> float | None:
        """When a packet is decoded, by its stamp; where it has none, when it is presented."""
        stamp = packet.pts if packet.dts is None else packet.dts
        return None if stamp is None else stamp * self.tick_s

    def presented_s(self, packet: av.Packet[Any]) -> float:
        """When a packet that has a stamp is presented."""
        stamp = packet.dts if packet.pts is None else packet.pts
        return (stamp or 0) * self.tick_s

    def ends_s(self, packet: av.Packet[Any]) -> float:
        """Until when it is presented, as the file has it."""
        return self.presented_s(packet) + (packet.duration or 0) * self.tick_s

    def begins_anew(self, stamp_s: float) -> bool:
        """Whether a packet with this stamp does not go on where the last few were."""
        return len(self.recent) == RECENT and (stamp_s < min(self.recent) - BACK_S or stamp_s > max(self.recent) + MAX_LEAP_S)


class PartJoiner:
    """Gives packets the stamps at which they are played."""

    def __init__(self) -> None:
        self.joints_s: list[float] = []
        """Where each further part begins, as played."""
        self._streams: dict[int, _Stream] = {}
        self._held: list[tuple[av.Packet[Any], bool]] = []
        """Packets since one seemed to begin a part, and whether each seems to be of that part."""

    def add(self, packet: av.Packet[Any]) -> Iterator[av.Packet[Any]]:
        """Take the file's next packet; yields those whose stamps are known by now, in the file's order."""
        stream = self._streams.get(packet.stream_index)
        if stream is None:
            stream = self._streams[packet.stream_index] = _Stream(tick_s=float(packet.time_base or 0))
        stamp_s = stream.decoded_s(packet)
        is_anew = stamp_s is not None and stream.begins_anew(stamp_s)
        if not is_anew and not self._held:
            self._play(packet, stream)
            yield packet
            return
        self._held.append((packet, is_anew))
        counts = self._held_by_stream()
        if is_anew or not counts[packet.stream_index][True]:
            all_turned = all(counts.get(index, {True: 0})[True] >= CONFIRMED for index in self._streams)
            if all_turned or len(self._held) >= MAX_HELD:
                yield from self._settle()
        else:  # its stream is back where it was: what seemed to be a part was a wrong stamp
            yield from self._release(joins=False)

    def rest(self) -> Iterator[av.Packet[Any]]:
        """The packets that wait still, once the file is through."""
        while self._held:
            yield from self._settle()

    def _held_by_stream(self) -> dict[int, dict[bool, int]]:
        """How many packets of each stream wait, of the new part and of the old one."""
        counts: dict[int, dict[bool, int]] = {}
        for packet, is_anew in self._held:
            counts.setdefault(packet.stream_index, {True: 0, False: 0})[is_anew] += 1
        return counts

    def _settle(self) -> Iterator[av.Packet[Any]]:
        """Join where every stream that goes on goes on in the new part."""
        yield from self._release(joins=all(counts[True] for counts in self._held_by_stream().values()))

    def _release(self, *, joins: bool) -> Iterator[av.Packet[Any]]:
        held, self._held = self._held, []
        if not joins:
            for packet, _ in held:
                self._play(packet, self._streams[packet.stream_index])
                yield packet
            return
        owners = [(self._streams[packet.stream_index], packet, is_anew) for packet, is_anew in held]
        begins_s = min(stream.presented_s(packet) for stream, packet, is_anew in owners if is_anew)
        ends_s = [stream.ends_s(packet) + stream.shift_s for stream, packet, is_anew in owners if not is_anew]
        joint_s = max([*ends_s, *(stream.end_s for stream in self._streams.values())])
        self.joints_s.append(joint_s)
        turned = set[int]()
        for packet, is_anew in held:
            stream = self._streams[packet.stream_index]
            if is_anew and packet.stream_index not in turned:
                turned.add(packet.stream_index)
                stream.shift_s = joint_s - begins_s
                stream.recent.clear()
            yield from self.add(packet)  # again: a short part may end among those held

    def _play(self, packet: av.Packet[Any], stream: _Stream) -> None:
        """Give a packet the stamps at which it is played."""
        if (stamp_s := stream.decoded_s(packet)) is None:
            return
        stream.recent.append(stamp_s)
        stream.end_s = max(stream.end_s, stream.ends_s(packet) + stream.shift_s)
        if stream.shift_s and stream.tick_s:
            ticks = round(stream.shift_s / stream.tick_s)
            packet.pts = None if packet.pts is None else packet.pts + ticks
            packet.dts = None if packet.dts is None else packet.dts + ticks
