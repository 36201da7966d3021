"""The endless row of hostile inputs: number i is always the same bytes."""

from dataclasses import dataclass
from random import Random
from typing import Final

from tests.avemo_core.media.hostile import clips, damage, elsewhere

PLAYLIST_SHARE: Final = 0.05
HONEST_SHARE: Final = 0.02
"""So that a decoder that refuses everything is found out."""
RANGES: Final = ((None, None), (None, None), (None, 0.6), (0.5, 1.0), (0.7, None), (30.0, 40.0), (1e12, None))
"""Which part of it is asked for, in seconds."""
_ELSEWHERE: Final = "file:///etc/hostname"


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """Hostile bytes, how they came about, and the range that is asked for."""

    story: str
    data: bytes
    start_s: float | None
    stop_s: float | None


def input_at(place: int, seed: int = 0) -> Input:
    """The hostile input at this place of the row."""
    chance = Random(f"{seed}/{place}")  # noqa: S311 - repeatable on purpose
    (name, data), (other_name, other) = _made(chance), _made(chance)
    start_s, stop_s = chance.choice(RANGES)
    if chance.random() < HONEST_SHARE:
        return Input(story=name, data=data, start_s=start_s, stop_s=stop_s)
    ways, data = damage.damaged(data, other, chance)
    return Input(story=f"{name}: {ways} ({other_name})", data=data, start_s=start_s, stop_s=stop_s)


def _made(chance: Random) -> tuple[str, bytes]:
    if chance.random() < PLAYLIST_SHARE:
        playlist = chance.choice(elsewhere.PLAYLISTS)
        return playlist.__name__, playlist(_ELSEWHERE)
    name = chance.choice(list(clips.KINDS))
    return name, clips.clip(name)
