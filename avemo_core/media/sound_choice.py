"""Which of a file's sound is listened to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from avemo_core.errors import ConfigError

Channel: TypeAlias = Literal["mix", "left", "right", "best"]
"""mix: the mean of the channels without the low-frequency one; best: the one whose sound stands out most from its noise."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundChoice:
    """The sound track, and the channel of it."""

    track: int | str | None = None
    """A sound track by its place among them, from 0, or by its language, such as `eng`; None: the file's default, then most channels."""
    channel: Channel = "mix"

    def __post_init__(self) -> None:
        """Refuse what names no track or channel.

        Raises:
            ConfigError: it is neither a number from 0 nor a language of two or three letters; the channel is none of the four.
        """
        is_track = self.track >= 0 if isinstance(self.track, int) else self.track is None or _LANGUAGE.fullmatch(self.track)
        if not is_track:
            raise ConfigError(f"--sound-track: expected a number from 0 or a language such as eng, found {self.track!r}")
        if self.channel not in get_args(Channel):
            raise ConfigError(f"--channel: expected one of {', '.join(get_args(Channel))}, found {self.channel!r}")

    @classmethod
    def parse(cls, track: str | None, channel: Channel = "mix") -> SoundChoice:
        """From the options' text: `1` is the second track, `eng` the first in English."""
        text = None if track is None else track.strip().lower()
        return cls(track=int(text) if text is not None and text.isdecimal() else text, channel=channel)


DEFAULT: Final = SoundChoice()
"""The file's default track, its channels' mean."""
