"""A clip's segments: one, or many of equal length; each makes a row, or one for every face.

Segments of 4 s with a stride of 2 s, over a clip of 7.5 s:

    clip         |-------|-------|-------|-----|
                 0       2       4       6    7.5
    segment 0    [---------------)
    segment 1            [---------------)
    segment 2                    [-------------)       the tail: it is 1 s or longer, and goes on where segment 1 stops
    no segment                           [-----)       it would hold nothing that segment 2 does not

The last one also answers for what is missing after it, where the file breaks off: no other row could say so.

    claimed      |-------|-------|-------|-------|     decoded up to 5.5
    condition 0  [-------)                             of [0, 2)
    condition 1          [-------)                     of [2, 4)
    condition 2                  [---------------)     of [4, 8): decoded_share .375, breaks_off
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from avemo_core.audio_sets.pieces import Reach
from avemo_core.faces.frame_faces import FrameFaces
from avemo_core.media.condition import Condition
from avemo_core.media.recording import Recording
from avemo_core.media.sound import Sound

MIN_TAIL_S: Final = 1.0
"""A tail, which the clip's end cuts short, is a segment when it is at least this long."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Segment:
    """A half-open range of a clip, with its frames, their faces and its sound."""

    start_s: float
    stop_s: float
    decoded_s: float
    """How much of the range decoded."""
    frames: Sequence[FrameFaces]
    sound: Sound | None
    heard: Sound | None
    """What its audio sets hear of the clip: its own sound, and as much around it as they reach."""
    condition: Condition | None
    """Of the range; of the last segment, of all from its start on. None where no file was read."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all lies in the range."""
        return not self.frames and self.sound is None


class Segmenter:
    """Divides a recording into segments while it is decoded.

    A segment is complete with its pictures and its sound, and what no later segment needs is dropped then. It is handed out once
    there is another one after it, or none.

    Args:
        recording: the clip.
        segment_s: length of a segment; None: the whole clip is one.
        stride_s: from one segment's start to the next; None: segment_s, so that they touch.
        reach: how far beyond a segment its sound is heard.
    """

    def __init__(
        self, recording: Recording, segment_s: float | None = None, stride_s: float | None = None, reach: Reach | None = None
    ) -> None:
        self._recording, self._reach = recording, reach or Reach()
        self._segment_s = math.inf if segment_s is None else segment_s
        self._stride_s = stride_s or self._segment_s
        self._count = 0
        self._held: Segment | None = None
        self.frames: deque[FrameFaces] = deque()
        """The frames so far that belong to segments to come."""

    def add(self, frame_faces: FrameFaces) -> Iterator[Segment]:
        """Take the next frame; yields the segments that are complete before it, the last of them held back."""
        while frame_faces.time_s >= self._stop_s and self._recording.sound_ready_s >= self._reach.until_s(self._stop_s):
            yield from self._in_turn(self._segment(self._stop_s))
        self.frames.append(frame_faces)

    def rest(self) -> Iterator[Segment]:
        """The segments that are left once the recording is decoded."""
        end_s = self._recording.end_s
        while self._count == 0 or self._is_worth_a_segment(end_s):
            yield from self._in_turn(self._segment(min(self._stop_s, end_s)))
        if self._held is not None:
            yield replace(self._held, condition=self._recording.condition(self._held.start_s))

    @property
    def _start_s(self) -> float:
        # Without segments the stride is infinite, and 0 times infinity is NaN.
        return self._recording.start_s + (self._count * self._stride_s if self._count else 0.0)

    @property
    def _stop_s(self) -> float:
        return self._start_s + self._segment_s

    def _in_turn(self, segment: Segment) -> Iterator[Segment]:
        """The segment before this one, which waits now for the next."""
        if self._held is not None:
            yield self._held
        self._held = segment

    def _is_worth_a_segment(self, end_s: float) -> bool:
        """Whether the next segment holds something that the last one did not, and enough of it."""
        last_stop_s = self._stop_s - self._stride_s
        return end_s - self._start_s >= MIN_TAIL_S and end_s > last_stop_s

    def _segment(self, end_s: float) -> Segment:
        start_s, stop_s = self._start_s, self._stop_s
        frames = [frame for frame in self.frames if start_s <= frame.time_s < stop_s]
        segment = Segment(
            start_s=start_s,
            stop_s=end_s if math.isinf(self._recording.stop_s) else min(stop_s, self._recording.stop_s),
            decoded_s=end_s - start_s,
            frames=frames,
            sound=self._recording.sound(start_s, stop_s),
            heard=self._recording.sound(self._reach.from_s(start_s), self._reach.until_s(stop_s)) if self._reach.sets else None,
            condition=self._recording.condition(start_s, stop_s),
        )
        self._count += 1
        self._drop_past()
        return segment

    def _drop_past(self) -> None:
        while self.frames and self.frames[0].time_s < self._start_s:
            self.frames.popleft()
        self._recording.forget_sound(self._reach.from_s(self._start_s))
