"""What was not right with a file, when in it, and how much of it is lost.

Notes are taken while a range is decoded; a row asks for its own part of it:

    range            |------------------------------------------------|  asked for, or claimed by the container
    decoded          |---------x--------------000-----------|            x a picture that did not decode, 000 a gap, then it breaks off
    decoded_share    (decoded - the longer of lost pictures and lost sound) / asked for
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from schemas.faults import Fault

NOTICED_S: Final = 0.25
"""Less than this missing at the end is the padding of codecs and the rounding of headers."""
NOTICED_SHARE: Final = 0.02
"""Fewer pictures than this whose stamps cannot be believed are no fault of the row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """The condition of a part of a file."""

    decoded_share: float
    """Of what was asked for, or of what the container claims; from 0 to 1."""
    fault: Fault | None
    """The gravest one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Note:
    start_s: float
    stop_s: float
    fault: Fault
    is_picture: bool


class DamageNotes:
    """Collects what is not right while a file is decoded; times are on the file's clock.

    Args:
        frame_s: how long a picture is shown.
    """

    def __init__(self, frame_s: float) -> None:
        self._frame_s = frame_s
        self._notes: list[_Note] = []
        self.pictures = 0
        """How many came out of the decoder, in the range."""

    def lost_picture(self, time_s: float, stop_s: float | None = None) -> None:
        """A picture did not decode, or all up to `stop_s` are not there."""
        self._add(time_s, time_s + self._frame_s if stop_s is None else stop_s, Fault.DAMAGED, is_picture=True)

    def lost_sound(self, time_s: float) -> None:
        """A packet of sound did not decode; how much is missing, its neighbours' stamps say."""
        self._add(time_s, time_s, Fault.DAMAGED)

    def corrected_sound(self, time_s: float, silence_s: float) -> None:
        """Silence was put in where nothing was, or, negative, sound left out that was heard already."""
        self._add(time_s, time_s + max(0.0, silence_s), Fault.GAP)

    def broke_off(self, end_s: float, claimed_s: float, *, is_picture: bool) -> None:
        """A stream ends before the container says, whatever the other one does."""
        if claimed_s - end_s > NOTICED_S:
            self._add(end_s, claimed_s, Fault.BREAKS_OFF, is_picture=is_picture)

    def joint(self, time_s: float) -> None:
        """Stamps start anew here."""
        self._add(time_s, time_s, Fault.JOINED)

    def bad_stamp(self, time_s: float) -> None:
        """A picture's stamp could not be believed."""
        self._add(time_s, time_s, Fault.BAD_STAMPS, is_picture=True)

    def bad_channel(self, fault: Fault) -> None:
        """The channels' mean could not be used; noted once, however often it is said."""
        if not any(note.fault is fault for note in self._notes):
            self._add(-math.inf, math.inf, fault)

    def condition(self, start_s: float, stop_s: float, end_s: float) -> Condition:
        """Of a part of the file.

        Args:
            start_s: where the part starts.
            stop_s: where it should end.
            end_s: where it ends: earlier, if the file breaks off.
        """
        notes = [note for note in self._notes if note.start_s < stop_s and (note.stop_s > start_s or note.start_s >= start_s)]
        missing_s = stop_s - end_s if stop_s - end_s > NOTICED_S else 0.0
        lost_s = max(sum(_overlap_s(note, start_s, end_s) for note in notes if kind(note)) for kind in _KINDS)
        asked_s = max(stop_s - start_s, 1e-9)
        faults = set[Fault](note.fault for note in notes if note.fault is not Fault.BAD_STAMPS)
        if sum(note.fault is Fault.BAD_STAMPS for note in notes) > NOTICED_SHARE * asked_s / self._frame_s:
            faults.add(Fault.BAD_STAMPS)
        if missing_s:
            faults.add(Fault.BREAKS_OFF)
        return Condition(
            decoded_share=min(max((asked_s - missing_s - lost_s) / asked_s, 0.0), 1.0),
            fault=next((fault for fault in Fault if fault in faults), None),
        )

    def _add(self, start_s: float, stop_s: float, fault: Fault, *, is_picture: bool = False) -> None:
        last = self._notes[-1] if self._notes else None
        if (
            last
            and (last.fault, last.is_picture) == (fault, is_picture)
            and fault is Fault.DAMAGED
            and last.start_s <= start_s <= last.stop_s
        ):
            # A film that is damaged throughout takes one note, not one a picture.
            self._notes[-1] = _Note(start_s=last.start_s, stop_s=max(last.stop_s, stop_s), fault=fault, is_picture=is_picture)
        else:
            self._notes.append(_Note(start_s=start_s, stop_s=stop_s, fault=fault, is_picture=is_picture))


_KINDS: Final[tuple[Callable[[_Note], bool], ...]] = (
    lambda note: note.is_picture and note.fault in {Fault.DAMAGED, Fault.BREAKS_OFF},
    lambda note: not note.is_picture and note.fault in {Fault.GAP, Fault.BREAKS_OFF},
)
"""What is lost of the pictures, and of the sound."""


def _overlap_s(note: _Note, start_s: float, stop_s: float) -> float:
    return max(0.0, min(note.stop_s, stop_s) - max(note.start_s, start_s))
