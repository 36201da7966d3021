"""The endless row of hostile inputs: number i is always the same bytes."""

from dataclasses import dataclass
from random import Random

from tests.avemo_core.media.hostile import clips, damage


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """Hostile bytes, and how they came about."""

    story: str
    data: bytes


def input_at(place: int, seed: int = 0) -> Input:
    """The hostile input at this place of the row."""
    chance = Random(f"{seed}/{place}")  # noqa: S311 - repeatable on purpose
    name, other = (chance.choice(list(clips.KINDS)) for _ in range(2))
    ways, data = damage.damaged(clips.clip(name), clips.clip(other), chance)
    return Input(story=f"{name} {ways} ({other})", data=data)
