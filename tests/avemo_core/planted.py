"""Feature sequences with a planted truth: the emotion shows in one short segment, in both modalities at once.

Everywhere else there is noise, and in one modality alone there are distractors: segments that look, or sound, like another emotion.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from avemo_core.features.clip_features import ClipFeatures
from schemas.emotions import EMOTIONS
from schemas.features import SHAPE_WIDTH

FRAME_S, HOP_S = 0.04, 0.032
AUDIO_WIDTH, APPEARANCE_WIDTH = 24, 24


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How hard it is."""

    clips: int
    seed: int
    frames: tuple[int, int] = (36, 48)
    segment: int = 6
    """Frames that show the emotion."""
    distractors: int = 2
    """Segments of a clip that show another emotion in one modality."""
    strength: float = 2.0
    """Of the patterns against noise of deviation 1."""
    sound: bool = True
    face: bool = True


def planted(plan: Plan) -> tuple[list[ClipFeatures], list[Bool[np.ndarray, " t_v"]]]:
    """Clips, and for each which frames hold the truth."""
    patterns = np.random.default_rng(99)
    of_audio, of_appearance, of_shape = (
        patterns.choice([-1.0, 1.0], (len(EMOTIONS), width)) for width in (AUDIO_WIDTH, APPEARANCE_WIDTH, SHAPE_WIDTH)
    )
    rng = np.random.default_rng(plan.seed)
    made = [_clip(plan, number, rng, (of_audio, of_appearance, of_shape)) for number in range(plan.clips)]
    return [clip for clip, _ in made], [truth for _, truth in made]


def _clip(plan: Plan, number: int, rng: np.random.Generator, patterns: tuple[np.ndarray, ...]) -> tuple[ClipFeatures, np.ndarray]:
    of_audio, of_appearance, of_shape = patterns
    t_v = int(rng.integers(*plan.frames))
    t_a = round(t_v * FRAME_S / HOP_S)
    emotion = number % len(EMOTIONS)
    frame_time_s, audio_time_s = np.arange(t_v) * FRAME_S, np.arange(t_a) * HOP_S
    audio, appearance, shape = (rng.normal(size=size) for size in ((t_a, AUDIO_WIDTH), (t_v, APPEARANCE_WIDTH), (t_v, SHAPE_WIDTH)))
    starts = rng.permutation(t_v // plan.segment - 1)[: 1 + plan.distractors] * plan.segment
    for nth, start in enumerate(starts):
        shown = emotion if nth == 0 else int((emotion + rng.integers(1, len(EMOTIONS))) % len(EMOTIONS))
        in_face, in_sound = (True, True) if nth == 0 else ((nth % 2 == 1), (nth % 2 == 0))
        frames = slice(start, start + plan.segment)
        steps = (audio_time_s >= frame_time_s[start]) & (audio_time_s < frame_time_s[start] + plan.segment * FRAME_S)
        appearance[frames] += plan.strength * of_appearance[shown] * in_face
        shape[frames] += plan.strength * of_shape[shown] * in_face
        audio[steps] += plan.strength * of_audio[shown] * in_sound
    truth = np.zeros(t_v, bool)
    truth[starts[0] : starts[0] + plan.segment] = True
    clip = ClipFeatures(
        clip_id=f"planted-{number}",
        source_id=f"planted-{number}",
        label=EMOTIONS[emotion],
        split=None,
        subject=None,
        audio=(audio if plan.sound else audio[:0]).astype(np.float32),
        audio_time_s=(audio_time_s if plan.sound else audio_time_s[:0]).astype(np.float32),
        shape=(shape * plan.face).astype(np.float32),
        appearance=(appearance * plan.face).astype(np.float16),
        frame_time_s=frame_time_s.astype(np.float32),
        has_face=np.full(t_v, plan.face),
    )
    return clip, truth
