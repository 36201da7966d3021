"""Made-up people, whose clips are an emotion, themselves, and noise."""

import numpy as np

from avemo_core.features.preprocess.mixture.estimate import Mixture
from avemo_core.features.preprocess.mixture.normaliser import MixtureNormaliser
from avemo_core.features.preprocess.streams import NOTHING, Streams
from avemo_core.features.preprocess.subjects import Subject, SubjectStatistics, shifted

EMOTIONS, WIDTH, CLIPS = 4, 6, 10
CENTRES = 2.0 * np.eye(EMOTIONS, WIDTH) - 0.5


def clip_of(person: int, emotion: int, draw: np.random.Generator) -> Streams:
    """A clip whose one stream of moments is the emotion, the person, and noise; people are pairs of opposites."""
    offset = (-1) ** person * np.random.default_rng(1000 + person // 2).normal(size=WIDTH)
    values = (CENTRES[emotion] - CENTRES.mean(0) + offset + 0.4 * draw.normal(size=WIDTH)) / 1.3  # mean 0, deviation about 1: as scaled
    return Streams(NOTHING, NOTHING, NOTHING, NOTHING, values[None].astype(np.float32), NOTHING, NOTHING, NOTHING)


def clips_of(person: int, emotions: range | tuple[int, ...], count: int = CLIPS) -> list[tuple[int, Streams]]:
    draw = np.random.default_rng(person)
    return [(emotion, clip_of(person, emotion, draw)) for emotion in emotions for _ in range(count)]


def gathered(normaliser: MixtureNormaliser, clips: list[tuple[int, Streams]]) -> Subject:
    return SubjectStatistics.gather([("s", clip) for _, clip in clips], normaliser.read).subjects["s"]


def columns(clip: Streams) -> np.ndarray:
    return clip.audio_moments[0].astype(float)


def misplaced(normaliser: MixtureNormaliser, clips: list[tuple[int, Streams]], mixture: Mixture | None) -> float:
    """Mean distance of the normalised clips from where their emotions are; None: as if everybody showed all."""
    person = gathered(normaliser, clips)
    shifts = person.shifts(1.0) if mixture is None else normaliser.shifts(person, mixture, 1.0)
    centres = normaliser.moments.streams["audio_moments"].means
    return float(np.mean([np.linalg.norm(columns(shifted(clip, shifts)) - centres[emotion]) for emotion, clip in clips]))
