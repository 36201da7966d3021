"""A clip's range, its frames and its sound in one pass; the two time lines are drawn in clock.py."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import av
from av.container import InputContainer

from avemo_core.errors import MediaError
from avemo_core.media import clock, seek
from avemo_core.media import container as containers
from avemo_core.media import sound_choice as sound_choices
from avemo_core.media.clock import PictureClock, Timed
from avemo_core.media.condition import Condition, DamageNotes
from avemo_core.media.demux import Demuxer
from avemo_core.media.picture import Picture, PictureMaker
from avemo_core.media.sound import AudioAssembler, Sound
from avemo_core.media.sound_choice import SoundChoice
from avemo_core.media.source import Source
from avemo_core.media.stamps import alignment
from avemo_core.media.stamps.edit_list import Edit
from schemas.rejects import Reason

MIN_DECODED_S: Final = 1.0
"""A broken file is used up to the break when at least this much decodes."""
LONGEST_S: Final = 600.0
"""A whole clip: ten minutes."""
PADDING_S: Final = 1.0
"""So much more is still ten minutes: codecs pad their last block, and headers are rounded."""
MAX_MEAN_FPS: Final = 250.0
"""More pictures over the longest range are refused: stamps a microsecond apart would make millions of them."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frame:
    """A picture and its time on the file's clock."""

    time_s: float
    picture: Picture


class Recording:
    """A clip's range, to be gone through once: `frames()` yields the pictures and collects the sound on the way.

    What lies before the range is decoded and dropped; decoding ends when both pictures and sound have passed the range's end.

    Args:
        container: the open file.
        source: its bytes.
        edits: what is played of each stream, where FFmpeg was told not to read the file's edit lists.
        start_s: start of the half-open range; None: the file's start.
        stop_s: end of the range, exclusive; None: the file's end.
        max_side_px: pictures are shrunk to this longer side.
        longest_s: more is not decoded, whatever the file's header says.
        sound_choice: which sound track, and which channel of it.
        with_pictures: whether pictures are decoded; without, the file is read as one of sound alone.

    Raises:
        MediaError: `no_video` when there is neither a picture nor a sound stream, `missing` when it has not the sound track asked for.
    """

    def __init__(  # noqa: PLR0913 - each says one thing of the range, and they come by name
        self,
        container: InputContainer,
        source: Source,
        *,
        edits: dict[int, Edit],
        start_s: float | None = None,
        stop_s: float | None = None,
        max_side_px: int | None = None,
        longest_s: float = LONGEST_S,
        sound_choice: SoundChoice = sound_choices.DEFAULT,
        with_pictures: bool = True,
    ) -> None:
        self.sha256 = source.sha256
        self.start_s = start_s or 0.0
        self.stop_s = math.inf if stop_s is None else stop_s
        self._container = container
        self._video = containers.picture_stream(container) if with_pictures else None
        self._audio = containers.sound_stream(container, sound_choice)
        if self._video is None and self._audio is None:
            wanted = "neither a picture nor a" if with_pictures else "no"
            raise MediaError(Reason.NO_VIDEO, "decode", f"{wanted} sound stream that can be played")
        self.has_video = self._video is not None
        """Whether the file has moving pictures, and they are wanted."""
        self._pictures = PictureMaker(pixel_aspect=containers.pixel_aspect(self._video), max_side_px=max_side_px)
        self.sound_track = None if self._audio is None else container.streams.audio.index(self._audio)
        """Its place among the file's sound tracks, from 0; None without sound."""
        self.streams = containers.facts_of(container, (self._video, self._audio))
        """All streams of the file, those chosen marked."""
        for stream in filter(None, (self._video, self._audio)):
            stream.codec_context.thread_count = 1
        self._frame_s = clock.nominal_s(*(() if self._video is None else (self._video.average_rate, self._video.guessed_rate)))
        self._notes = DamageNotes(self._frame_s)
        self._demuxer = Demuxer(container, self._video, self._audio, edits, self._notes)
        self._clock = PictureClock[av.VideoFrame](self._frame_s)
        self._picture_edit = edits.get(self._video.index) if self._video is not None else None
        self._claims_length = container.format.name not in containers.GUESSED_LENGTH
        reported_s = containers.reported_duration_s(container, source.size_bytes)
        self.expected_s = None if reported_s is None else min(self.stop_s, reported_s) - self.start_s
        """Length of the range by the duration that the file reports; None when it reports none that can be believed."""
        self._longest_s = longest_s
        # Where a range cannot be reached by seeking, the sound before it is collected too.
        edit = edits.get(self._audio.index) if self._audio is not None else None
        starts_s, follow_s = -math.inf if edit is None else edit.start_s, alignment.follow_s(self._audio)
        self._assembler = AudioAssembler(longest_s + PADDING_S + self.start_s, sound_choice.channel, starts_s, follow_s)
        self._frame_count = 0
        self._is_through = False

    def frames(self) -> Iterator[Frame]:
        """The pictures of the range in order of time; sound is collected meanwhile.

        Raises:
            MediaError: `decode_failed` when less than a second decoded of more, `too_short` when the file ends before the range starts;
                `too_long` and `too_large` beyond the limits.
        """
        self._seek()
        for frame, stamp_s in self._demuxer.frames():
            if isinstance(frame, av.AudioFrame):
                self._add_sound(frame, stamp_s)
            else:
                yield from self._in_range(self._clock.add(frame, stamp_s))
            if self._past_the_end():
                break
        yield from self._in_range(self._clock.rest())
        self._assembler.finish()
        self._is_through = True
        self._note_broken_off()
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
        """Where what was decoded ends, on the file's clock; the last picture is shown for a nominal frame's length."""
        last_s = self.start_s - self._frame_s if self._clock.last_s is None else self._clock.last_s
        return min(self.stop_s, max(last_s + self._frame_s, self._assembler.stop_s or 0.0))

    def condition(self, start_s: float = -math.inf, stop_s: float = math.inf) -> Condition:
        """What was not right in the part of the range in [start_s, stop_s), and what share of it decoded; as far as it is decoded."""
        self._note_sound()
        start_s, asked_s = max(start_s, self.start_s), min(stop_s, self.stop_s)
        if self._is_through:
            # Of a range without an end, the container says how long the file is; some only guess.
            claimed_s = self.end_s if self.expected_s is None or not self._claims_length else self.start_s + self.expected_s
            asked_s = min(asked_s, max(claimed_s, self.end_s)) if math.isinf(self.stop_s) else asked_s
        return self._notes.condition(start_s, asked_s, self.end_s if self._is_through else asked_s)

    def _seek(self) -> None:
        origin_s = self._demuxer.origin_s if self._picture_edit is None else -self._picture_edit.shift_s
        try:
            if self.start_s >= seek.SEEK_FROM_S and not seek.is_joined(self._container, self._demuxer.wanted, self.sha256):
                seek.see_first(self._container, self._video, self._pictures.see)
                self._clock.is_after_seek = seek.seek_before(self._container, self._video, self.start_s, origin_s)
        except (av.FFmpegError, OSError, OverflowError, IndexError) as error:
            self._demuxer.note("seeking", error)

    def _add_sound(self, frame: av.AudioFrame, stamp_s: float | None) -> None:
        is_first = self._assembler.stop_s is None and not self._clock.is_after_seek
        try:
            self._assembler.add(frame, None if is_first and abs(stamp_s or 0.0) >= clock.MAX_LEAP_S else stamp_s)
        except (av.FFmpegError, ValueError) as error:
            self._demuxer.note("mixing down", error)

    def _note_sound(self) -> None:
        """Take over what the sound's placing has seen."""
        for correction in self._assembler.corrections:
            self._notes.corrected_sound(*correction)
        self._assembler.corrections.clear()
        if self._assembler.channel_fault is not None:
            self._notes.bad_channel(self._assembler.channel_fault)

    def _note_broken_off(self) -> None:
        ends_s = ((self._video, (self._clock.last_s or 0.0) + self._frame_s), (self._audio, self._assembler.stop_s or 0.0))
        for stream, end_s in ends_s if self._claims_length else ():
            if stream is not None and (claimed_s := containers.reported_end_s(stream)) is not None:
                stop_s = min(claimed_s - self._demuxer.origin_s, self.stop_s)
                self._notes.broke_off(max(end_s, self.start_s), stop_s, is_picture=stream is self._video)

    def _in_range(self, timed: Iterator[Timed[av.VideoFrame]]) -> Iterator[Frame]:
        """The frames of the range with their times; those that are broken are left out and noted."""
        for each in timed:
            if not self._plays_at(each.time_s):
                self._pictures.see(each.item)
                continue
            self._refuse_long(each.time_s)
            if not each.is_stamped:
                self._notes.bad_stamp(each.time_s)
            if (picture := self._picture(each.item)) is not None:
                yield Frame(time_s=each.time_s, picture=picture)
            else:
                self._notes.lost_picture(each.time_s)

    def _plays_at(self, time_s: float) -> bool:
        edit = self._picture_edit
        # An edit's length is rounded to the movie's clock, often a millisecond: a last picture must not be lost by that.
        is_cut = edit is not None and not edit.start_s - 1e-6 <= time_s < edit.start_s + edit.length_s + self._frame_s
        return not is_cut and self.start_s <= time_s < self.stop_s

    def _picture(self, frame: av.VideoFrame) -> Picture | None:
        if frame.is_corrupt:
            self._pictures.see(frame)
            return None
        try:
            return self._pictures.of(frame)
        except (av.FFmpegError, ValueError) as error:
            self._demuxer.note("converting", error)
            return None

    def _refuse_long(self, time_s: float) -> None:
        self._frame_count += 1
        if time_s - self.start_s > self._longest_s + PADDING_S:
            detail = f"more than {self._longest_s:.0f} s of pictures: divide it into segments with --segment"
            raise MediaError(Reason.TOO_LONG, "decode", detail)
        if self._frame_count > self._longest_s * MAX_MEAN_FPS:
            raise MediaError(Reason.TOO_LARGE, "decode", f"more than {self._longest_s * MAX_MEAN_FPS:.0f} pictures")

    def _past_the_end(self) -> bool:
        picture_done = self._video is None or (self._clock.last_s is not None and self._clock.last_s >= self.stop_s)
        sound_done = self._audio is None or (self._assembler.stop_s is not None and self._assembler.stop_s >= self.stop_s)
        return picture_done and sound_done

    def _refuse_broken(self) -> None:
        decoded_s = self.end_s - self.start_s
        nothing = self._clock.last_s is None and self._assembler.stop_s is None
        missing = self.expected_s is not None and self.expected_s - decoded_s > MIN_DECODED_S / 2
        length_s = self.start_s + self.expected_s if nothing and self.expected_s is not None else self.end_s
        if self.start_s > 0 and length_s <= self.start_s:
            raise MediaError(Reason.TOO_SHORT, "decode", f"the range starts at {self.start_s:g} s, and the file is {length_s:.3f} s long")
        if nothing or (decoded_s < MIN_DECODED_S and (self._demuxer.errors or missing)):
            reason = Reason.TOO_LARGE if self._demuxer.is_too_large else Reason.DECODE_FAILED
            raise MediaError(
                reason, "decode", f"only {decoded_s:.2f} s decoded; {'; '.join(self._demuxer.errors) or 'the file breaks off'}"
            )
