"""From an open file to decoded frames with their stamps on its clock; what cannot be read or decoded is noted, and the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from avemo_core.media import container as containers
from avemo_core.media.condition import DamageNotes
from avemo_core.media.stamps import encoder_delay
from avemo_core.media.stamps.chunk_index import ChunkIndex
from avemo_core.media.stamps.display_order import DisplayOrder
from avemo_core.media.stamps.edit_list import Edit
from avemo_core.media.stamps.joined import PartJoiner

MAX_ERRORS: Final = 3
"""How many a reject's detail names."""
_GENERATE_STAMPS: Final = 1
"""FFmpeg's flag by which it makes up stamps of display; PyAV sets it."""


class Stamped(NamedTuple):
    """A decoded frame and its stamp."""

    frame: av.VideoFrame | av.AudioFrame
    stamp_s: float | None
    """On the file's clock; None where it has none."""


class Demuxer:
    """Reads and decodes the streams wanted of an open file, once.

    Args:
        container: the open file.
        video: its stream of pictures, if it is wanted.
        audio: its stream of sound, if it is wanted.
        edits: what is played of each stream, where FFmpeg was told not to read edit lists.
        notes: where damage is noted.
    """

    def __init__(
        self,
        container: InputContainer,
        video: VideoStream | None,
        audio: AudioStream | None,
        edits: Mapping[int, Edit],
        notes: DamageNotes,
    ) -> None:
        self._container, self._notes = container, notes
        self.wanted = [stream for stream in (video, audio) if stream is not None]
        self._video, self._audio = video, audio
        self._edits = edits
        self.origin_s = 0.0 if edits else (container.start_time or 0) / av.time_base
        """The stamp at which the file's clock starts."""
        self.errors: list[str] = []
        self.is_too_large = False
        """Whether FFmpeg stopped at one of its limits."""
        self._joiner = PartJoiner()
        self._delay_s = 0.0 if audio is None else encoder_delay.delay_s(container.format.name, audio)
        self._display_order: DisplayOrder[av.VideoFrame] | None = None
        self._indices: dict[int, ChunkIndex] = {}
        if container.format.name == "avi":
            self._indices = {stream.index: ChunkIndex(stream) for stream in self.wanted}
        if container.format.name == "avi" and video is not None:
            container.flags &= ~_GENERATE_STAMPS
            self._display_order = DisplayOrder(self._late_ticks(video))

    def frames(self) -> Iterator[Stamped]:
        """Decode from where the file stands to its end."""
        for packet in self._played():
            for frame in self._decoded(packet):
                if isinstance(frame, av.AudioFrame):
                    yield Stamped(frame, self._shifted_s(frame.time, self._audio, self._delay_s))
                elif isinstance(frame, av.VideoFrame):
                    yield from self._pictures(frame)
        if self._display_order is not None:
            yield from self._timed(self._display_order.rest())

    def note(self, doing: str, error: Exception) -> None:
        """Keep what went wrong, for a reject's detail."""
        self.is_too_large |= containers.is_too_large(error)
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(f"{doing}: {error}")

    def _played(self) -> Iterator[av.Packet[Any]]:
        """The file's packets, with the stamps at which they are played."""
        for packet in self._packets():
            if packet.size or packet.dts is not None:
                yield from self._joiner.add(packet)
            else:  # a stream's end
                yield from self._joiner.rest()
                yield packet
            while self._joiner.joints_s:
                self._notes.joint(self._joiner.joints_s.pop() - self.origin_s)
        yield from self._joiner.rest()

    def _packets(self) -> Iterator[av.Packet[Any]]:
        try:
            for packet in self._container.demux(self.wanted):
                if packet.stream_index in self._indices:
                    self._restamp(packet, self._indices[packet.stream_index])
                yield packet
        except (av.FFmpegError, OSError) as error:
            self.note("reading", error)
        except IndexError as error:
            # PyAV trips at the end of a file in which more streams came up on the way; those wanted are through by then.
            self.note("reading", error)

    def _restamp(self, packet: av.Packet[Any], index: ChunkIndex) -> None:
        """Put the stamps of AVI right where chunks before the packet were lost; missing sound is noted where silence takes its place."""
        lost, tick_s = index.restamp(packet), float(packet.time_base or 0)
        if lost and packet.stream is self._video:
            self._notes.lost_picture(lost.start * tick_s - self.origin_s, lost.stop * tick_s - self.origin_s)

    def _decoded(self, packet: av.Packet[Any]) -> Sequence[object]:
        order = self._display_order if packet.stream is self._video and packet.size else None
        stamp = packet.dts
        if order is not None and stamp is not None:
            order.packet(stamp)
            packet.pts = stamp  # the decoder hands it on with the picture, and so says whose it is
        try:
            return packet.decode()
        except av.EOFError:
            return []
        except (av.FFmpegError, ValueError) as error:
            self.note("decoding", error)
            if order is not None and stamp is not None:
                order.refused(stamp)
            self._note_lost(packet)
            return []

    def _note_lost(self, packet: av.Packet[Any]) -> None:
        stamp = packet.pts if packet.dts is None else packet.dts
        time_s = None if stamp is None else self._shifted_s(float(stamp * (packet.time_base or 0)), packet.stream)
        if time_s is not None:
            (self._notes.lost_picture if packet.stream is self._video else self._notes.lost_sound)(time_s)

    def _pictures(self, frame: av.VideoFrame) -> Iterator[Stamped]:
        if self._display_order is None:
            yield Stamped(frame, self._shifted_s(frame.time, self._video))
        else:
            yield from self._timed(self._display_order.add(frame, frame.pts, is_key_frame=frame.key_frame))

    def _timed(self, ordered: Iterator[tuple[av.VideoFrame, int | None]]) -> Iterator[Stamped]:
        for frame, ticks in ordered:
            tick_s = frame.time_base
            yield Stamped(frame, None if ticks is None or tick_s is None else float(ticks * tick_s) - self.origin_s)

    def _late_ticks(self, video: VideoStream) -> int:
        """By how many pictures' length all but the first come late; the file's start shows it, and a range far in needs it too."""
        software = next((value for name, value in self._container.metadata.items() if name.lower() in {"software", "encoder"}), "")
        ticks = encoder_delay.late_ticks(software, self._delay_s, float(video.time_base or 0))
        if not ticks:
            return 0
        try:
            self._container.seek(0)  # where a broken file cannot be sought in, nothing has been read by then
            stamps = [packet.dts for packet in islice(self._container.demux(video), 2)]
            self._container.seek(0)
        except (av.FFmpegError, OSError, IndexError):
            return 0  # what is wrong with it, reading will say
        return ticks if stamps == [0, 1 + ticks] else 0

    def _shifted_s(self, time_s: float | None, stream: Stream | None, delay_s: float = 0.0) -> float | None:
        if time_s is None or stream is None:
            return None
        shift_s = self._edits[stream.index].shift_s if self._edits else 0.0
        return time_s + shift_s - self.origin_s - delay_s
