"""Frames and sound of a clip in one pass through its file; the two time lines are drawn in clock.py."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from avemo_core.errors import MediaError
from avemo_core.media import clock, seek, source
from avemo_core.media import container as containers
from avemo_core.media.picture import Picture, PictureMaker
from avemo_core.media.sound import AudioAssembler, Sound
from schemas.rejects import Reason

MIN_DECODED_S: Final = 1.0
"""A broken file is used up to the break when at least this much decodes."""
MAX_FAULTS: Final = 3
"""How many a reject's detail names."""
MAX_ASPECT: Final = 8.0
"""A pixel this much wider than high, or higher than wide, is a broken header."""

LONGEST_S: Final = 600.0
"""A whole clip: ten minutes."""
MAX_MEAN_FPS: Final = 250.0
"""More pictures than this, over the longest range, are refused: stamps a microsecond apart would make millions of them."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frame:
    """A picture and its time on the file's clock."""

    time_s: float
    picture: Picture


class Recording:
    """A clip's range, to be gone through once: `frames()` yields the pictures and collects the sound on the way.

    Frames before the range are decoded and dropped; decoding ends when both pictures and sound have passed the range's end.

    Args:
        container: the open file.
        sha256: of the file's bytes.
        size_bytes: of the file.
        start_s: start of the half-open range; None: the file's start.
        stop_s: end of the range, exclusive; None: the file's end.
        max_side_px: pictures are shrunk to this longer side.
        longest_s: more is not decoded, whatever the file's header says.

    Raises:
        MediaError: `no_video` when there is neither a picture nor a sound stream.
    """

    def __init__(
        self,
        container: InputContainer,
        sha256: str,
        *,
        size_bytes: int,
        start_s: float | None = None,
        stop_s: float | None = None,
        max_side_px: int | None = None,
        longest_s: float = LONGEST_S,
    ) -> None:
        self.sha256 = sha256
        self.start_s = start_s or 0.0
        self.stop_s = math.inf if stop_s is None else stop_s
        self._container = container
        self._video = containers.picture_stream(container)
        self._audio = containers.sound_stream(container)
        if self._video is None and self._audio is None:
            raise MediaError(Reason.NO_VIDEO, "decode", "neither a picture nor a sound stream that can be played")
        self._pictures = PictureMaker(pixel_aspect=_aspect(self._video), max_side_px=max_side_px)
        for stream in filter(None, (self._video, self._audio)):
            stream.codec_context.thread_count = 1
        video_rates = () if self._video is None else (self._video.average_rate, self._video.guessed_rate)
        self._clock = clock.Clock((container.start_time or 0) / av.time_base, clock.nominal_s(*video_rates))
        reported_s = containers.reported_duration_s(container, size_bytes)
        self.expected_s = None if reported_s is None else min(self.stop_s, reported_s) - self.start_s
        """Length of the range by the duration that the file reports; None when it reports none, or none that can be believed."""
        self._longest_s = longest_s
        # Where a range cannot be reached by seeking, the sound before it is collected too.
        self._assembler = AudioAssembler(longest_s + self.start_s)
        self._frame_count = 0
        self._faults: list[str] = []
        self._is_too_large = False
        self._is_through = False

    @property
    def has_video(self) -> bool:
        """Whether the file has moving pictures."""
        return self._video is not None

    def frames(self) -> Iterator[Frame]:
        """The pictures of the range in order of time; sound is collected meanwhile.

        Raises:
            MediaError: `decode_failed` when the file breaks off before one second decoded, `too_short` when it ends before the range
                starts; `too_long` and `too_large` beyond the limits.
        """
        self._seek()
        wanted = [stream for stream in (self._video, self._audio) if stream is not None]
        for packet in self._packets(wanted):
            for frame in self._decoded(packet):
                if isinstance(frame, av.AudioFrame):
                    self._add_sound(frame)
                elif (in_range := self._in_range(frame)) is not None:
                    yield in_range
            if self._past_the_end():
                break
        self._assembler.finish()
        self._is_through = True
        self._refuse_broken()

    @property
    def sound_ready_s(self) -> float:
        """Up to where `sound` has all there will be: infinity without a sound stream, and once `frames()` is through."""
        return math.inf if self._audio is None or self._is_through else self._assembler.ready_s

    def sound(self, start_s: float = -math.inf, stop_s: float = math.inf) -> Sound | None:
        """The sound of the range, or of the part of it in [start_s, stop_s), as far as it is ready; None when there is none."""
        return self._assembler.between(max(start_s, self.start_s), min(stop_s, self.stop_s))

    def forget_sound(self, before_s: float) -> None:
        """Let go of sound before this time."""
        self._assembler.forget(before_s)

    @property
    def end_s(self) -> float:
        """Where what was decoded ends, on the file's clock."""
        # The last picture is shown for a nominal frame's length.
        picture_end_s = self.start_s if self._clock.last_s is None else self._clock.last_s + self._clock.nominal_s
        return min(self.stop_s, max(picture_end_s, self._assembler.stop_s or 0.0))

    def _seek(self) -> None:
        try:
            self._clock.is_after_seek = seek.seek_before(self._container, self._video, self.start_s, self._clock.origin_s)
        except (av.FFmpegError, OSError, OverflowError, IndexError) as error:
            self._note("seeking", error)

    def _packets(self, wanted: Sequence[Stream]) -> Iterator[av.Packet]:  # type: ignore[type-arg]  # generic in the stubs only
        try:
            yield from self._container.demux(wanted)
        except (av.FFmpegError, OSError) as error:
            self._note("reading", error)
        except IndexError as error:
            # PyAV trips at the end of a file in which more streams came up on the way; those wanted are through by then.
            self._note("reading", error)

    def _decoded(self, packet: av.Packet) -> list[av.VideoFrame | av.AudioFrame]:  # type: ignore[type-arg]
        try:
            return [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame | av.AudioFrame)]
        except av.EOFError:
            return []
        except (av.FFmpegError, ValueError) as error:
            self._note("decoding", error)
            return []

    def _add_sound(self, frame: av.AudioFrame) -> None:
        stamp_s = self._clock.stamp_s(frame.time)
        try:
            # The first stamp says where the sound starts; later ones only whether there is a gap or an overlap.
            self._assembler.add(frame, self._clock.first_s(stamp_s) if self._assembler.stop_s is None else stamp_s)
        except (av.FFmpegError, ValueError) as error:
            self._note("mixing down", error)

    def _in_range(self, frame: av.VideoFrame) -> Frame | None:
        """The frame with its time; None outside the range, and where it is broken."""
        time_s = self._clock.next_s(self._clock.stamp_s(frame.time))
        if frame.is_corrupt or not self.start_s <= time_s < self.stop_s:
            self._pictures.see(frame)
            return None
        self._refuse_long(time_s)
        try:
            return Frame(time_s=time_s, picture=self._pictures.of(frame))
        except (av.FFmpegError, ValueError) as error:
            self._note("converting", error)
            return None

    def _refuse_long(self, time_s: float) -> None:
        self._frame_count += 1
        if time_s - self.start_s > self._longest_s:
            raise MediaError(
                Reason.TOO_LONG, "decode", f"more than {self._longest_s:.0f} s of pictures: divide it into segments with --segment"
            )
        if self._frame_count > self._longest_s * MAX_MEAN_FPS:
            raise MediaError(Reason.TOO_LARGE, "decode", f"more than {self._longest_s * MAX_MEAN_FPS:.0f} pictures")

    def _note(self, doing: str, error: Exception) -> None:
        self._is_too_large |= containers.is_too_large(error)
        if len(self._faults) < MAX_FAULTS:
            self._faults.append(f"{doing}: {error}")

    def _past_the_end(self) -> bool:
        picture_done = self._video is None or (self._clock.last_s is not None and self._clock.last_s >= self.stop_s)
        sound_done = self._audio is None or (self._assembler.stop_s is not None and self._assembler.stop_s >= self.stop_s)
        return picture_done and sound_done

    def _refuse_broken(self) -> None:
        decoded_s = self.end_s - self.start_s
        nothing = self._clock.last_s is None and self._assembler.stop_s is None
        missing = self.expected_s is not None and self.expected_s - decoded_s > MIN_DECODED_S / 2
        if nothing or (decoded_s < MIN_DECODED_S and (self._faults or missing)):
            if self.expected_s is not None and self.expected_s <= 0:
                raise MediaError(Reason.TOO_SHORT, "decode", f"the clip ends {-self.expected_s:g} s before the range starts")
            reason = Reason.TOO_LARGE if self._is_too_large else Reason.DECODE_FAILED
            raise MediaError(reason, "decode", f"only {decoded_s:.2f} s decoded; {'; '.join(self._faults) or 'the file breaks off'}")


def _aspect(video: VideoStream | None) -> float:
    aspect = float((video and video.sample_aspect_ratio) or 1)
    return aspect if 1 / MAX_ASPECT <= aspect <= MAX_ASPECT else 1.0


@contextmanager
def opened(
    uri: str,
    *,
    start_s: float | None = None,
    stop_s: float | None = None,
    max_side_px: int | None = None,
    longest_s: float = LONGEST_S,
) -> Iterator[Recording]:
    """Open a clip's range for one pass.

    Raises:
        MediaError: the file cannot be used; its reason says why.
    """
    with source.opened(uri) as bytes_, containers.opened(bytes_.file) as container:
        yield Recording(
            container,
            bytes_.sha256,
            size_bytes=bytes_.size_bytes,
            start_s=start_s,
            stop_s=stop_s,
            max_side_px=max_side_px,
            longest_s=longest_s,
        )
