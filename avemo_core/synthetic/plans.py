"""Everything that decides a clip, in one value that can be sent to whoever renders it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avemo_core.errors import ConfigError
from avemo_core.synthetic.faces.actors import Actor, actor
from avemo_core.synthetic.scene import Placement, Shot
from avemo_core.synthetic.timeline import Segment
from schemas.clips import SPLITS
from schemas.emotions import EMOTIONS

FPS: Final = 25
AV_OFFSETS_S: Final = (-0.064, -0.032, 0.0, 0.032)
"""What an alignment window of w = 2 steps of 32 ms can reach; positive: the sound comes late."""
INTENSITY: Final = (0.3, 0.7)
"""Range of expressions and voices; at 1 either stream alone would tell the emotion."""
DURATION_S: Final = (2.2, 2.8)
SEGMENT_SHARE: Final = (0.25, 0.45)
CLIPS: Final = 112
VAL_SHARE, TEST_SHARE = 0.125, 0.25
"""Shares of the actors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipPlan:
    """A clip to be rendered; the same plan gives the same clip anywhere."""

    clip_id: str
    label: str
    actor: Actor
    split: str
    duration_s: float
    segment: Segment
    face_intensity: float
    voice_intensity: float
    av_offset_s: float
    """How much later the sound comes than the picture it belongs to."""
    seed: int
    """Of everything random inside the clip."""
    shots: tuple[Shot, ...]

    @property
    def frames(self) -> int:
        """How many pictures the clip has."""
        return round(self.duration_s * FPS)


def plan(*, clips: int = CLIPS, seed: int = 0, duration_s: tuple[float, float] = DURATION_S) -> list[ClipPlan]:
    """Plan a corpus: every actor plays every emotion, and no actor is in two splits.

    Args:
        clips: how many; rounded up to whole actors of seven clips.
        seed: of the corpus.
        duration_s: shortest and longest clip.

    Raises:
        ConfigError: too few clips for an actor in each split.
    """
    people = -(-clips // len(EMOTIONS))
    if people < len(SPLITS):
        least = len(SPLITS) * len(EMOTIONS)
        raise ConfigError(f"a demo corpus needs an actor for each of train, val and test: at least {least} clips; asked for: {clips}")
    splits = _splits(people)
    return [_clip(person, emotion, splits[person], seed, duration_s) for person, emotion in np.ndindex(people, len(EMOTIONS))]


def _splits(people: int) -> list[str]:
    """The last actors are tested on, those before them validated on; mirrors and portraits alternate in each."""
    test, val = max(1, round(TEST_SHARE * people)), max(1, round(VAL_SHARE * people))
    return ["train"] * (people - val - test) + ["val"] * val + ["test"] * test


def _clip(person: int, emotion: int, split: str, seed: int, duration_s: tuple[float, float]) -> ClipPlan:
    draw = np.random.default_rng([seed, person, emotion])
    player = actor(person, seed)
    frames = round(float(draw.uniform(*duration_s)) * FPS)
    length_s = frames / FPS
    inside_s = float(draw.uniform(*SEGMENT_SHARE)) * length_s
    start_s = round(float(draw.uniform(0.1, length_s - inside_s - 0.1)), 3)
    return ClipPlan(
        clip_id=f"{player.name}-{EMOTIONS[emotion]}",
        label=EMOTIONS[emotion],
        actor=player,
        split=split,
        duration_s=length_s,
        segment=Segment(start_s=start_s, stop_s=round(start_s + inside_s, 3)),
        face_intensity=float(draw.uniform(*INTENSITY)),
        voice_intensity=float(draw.uniform(*INTENSITY)),
        av_offset_s=float(draw.choice(AV_OFFSETS_S)),
        seed=int(draw.integers(2**31)),
        shots=(Shot(faces=(Placement(actor=player),)),),
    )
