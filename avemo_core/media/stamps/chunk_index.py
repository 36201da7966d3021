"""Chunks of AVI that were lost: its packets have no stamps, they are counted, and each that is lost makes all later ones early.

chunks in the file      0   1   2   x   x   5   6        x: headers that are damaged; FFmpeg goes on at the next it finds
counted by FFmpeg       0   1   2           3   4
index at the end        0   1   2   3   4   5   6        by place in the file: so the chunk after the damage is 5
"""

from __future__ import annotations

from typing import Any, Final

import av
from av.stream import Stream

HEADER_BYTES: Final = 8
"""Between a chunk's place in the index and that of its data."""


class ChunkIndex:
    """Gives packets of one stream the stamps that the index has for them.

    Args:
        stream: of an AVI file.
    """

    def __init__(self, stream: Stream) -> None:
        self._entries: Any = getattr(stream, "index_entries", None)  # old versions of PyAV have none
        first = [] if self._entries is None else list(self._entries[:2])
        self._is_in_bytes = len(first) == 2 and first[1].timestamp - first[0].timestamp == first[0].size > 1
        self._lost = 0
        """How much FFmpeg's count is behind, in the stream's ticks."""
        self._is_trusted = False
        """Whether the index agreed with the count, before it did not."""

    def restamp(self, packet: av.Packet[Any]) -> range:
        """Put a packet's stamps right; gives the stamps that were lost before it."""
        if packet.dts is None or packet.pos is None or not packet.size or not self._entries:
            return range(0)
        before, counted = self._lost, packet.dts + self._lost
        found = self._found(counted, packet)
        if found is not None and not self._is_trusted:
            self._is_trusted = found == counted > 0
        elif found is not None:
            self._lost += max(0, found - counted)
        packet.dts += self._lost
        if packet.pts is not None:
            packet.pts += self._lost
        return range(packet.dts - self._lost + before, packet.dts)

    def _found(self, counted: int, packet: av.Packet[Any]) -> int | None:
        """The stamp of the chunk that begins with a packet, by the index; None where none does."""
        unit = max(1, round(packet.size / packet.duration)) if self._is_in_bytes and packet.duration else 1
        place = (packet.pos or 0) - HEADER_BYTES
        at = self._entries.search_timestamp(counted * unit, backward=True, any_frame=True)
        while 0 <= at < len(self._entries) - 1 and self._entries[at].pos < place:
            at += 1
        return int(self._entries[at].timestamp) // unit if at >= 0 and self._entries[at].pos == place else None
