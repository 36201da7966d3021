"""What was not right with the file of a row that could be used all the same."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """The closed list, the gravest first; a row names the gravest of its range, and null says that all was right."""

    BREAKS_OFF = "breaks_off"
    """The file ends before its container, or the range, says."""
    DAMAGED = "damaged"
    """Packets or pictures inside it did not decode."""
    GAP = "gap"
    """Sound is missing inside it by its time stamps, and is silence there; or it came twice, and was left out."""
    JOINED = "joined"
    """Its time stamps start anew: parts that were joined, played one after the other."""
    BAD_STAMPS = "bad_stamps"
    """Time stamps that are missing, equal or run backwards; the pictures or the sound go on at their nominal rate."""
    CHANNELS_CANCEL = "channels_cancel"
    """The channels are of opposite phase, and their mean is silence; the better one was taken."""
    DEAD_CHANNEL = "dead_channel"
    """One channel is silent, and their mean is at half the level; the other one was taken."""
