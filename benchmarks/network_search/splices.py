"""Splices: of held-out people from their recordings, of people to train on from their features."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from avemo_core.audio import framing, yaafe
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.splicing import Moment, excerpt, length_s, spliced
from avemo_core.media.decode import opened

AROUND: Final = 4
"""Neutral clips around the moment: an even spread gives it about a fifth of the attention."""

A_PERSON: Final = 10
"""Test splices of one person, at most; and as many whose level is matched."""

TRAINED: Final = 0.5
"""Training splices, as a share of the clips that are not neutral."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Splice:
    """A test splice."""

    clip: ClipFeatures
    moment: Moment
    level_matched: bool
    """The moment's sound was made as loud as the neutral clips' around it."""


def test_splices(clips: Sequence[ClipFeatures], media: Path, rng: np.random.Generator) -> list[Splice]:
    """Clips of one emotion between neutral clips of the same person, one to three of them before it.

    The sound's samples are joined and their features extracted anew, so that they are what extraction would give; rows of faces are
    joined as they are.
    """
    found = []
    for subject in sorted({str(clip.subject) for clip in clips}):
        own = [clip for clip in clips if clip.subject == subject]
        neutral, others = ([clip for clip in own if (clip.label == "neutral") is wanted] for wanted in (True, False))
        sounds = {clip.clip_id: _sound(media, clip) for clip in own}
        for clip in [others[i] for i in sorted(rng.permutation(len(others))[:A_PERSON])]:
            around = [neutral[i] for i in rng.permutation(len(neutral))[:AROUND]]
            before = int(rng.integers(1, len(around)))
            pieces = [*around[:before], clip, *around[before:]]
            joined, moment = spliced(pieces, before)
            for matched in (False, True):
                samples = [sounds[piece.clip_id] for piece in pieces]
                if matched:
                    samples[before] = samples[before] * _gain(samples[before], samples[:before] + samples[before + 1 :])
                audio = yaafe.extract(np.concatenate(samples))
                found.append(Splice(clip=replace(joined, audio=audio[: len(joined.audio)]), moment=moment, level_matched=matched))
    return found


def train_splices(clips: Sequence[ClipFeatures], rng: np.random.Generator) -> list[tuple[ClipFeatures, Moment]]:
    """Excerpts of one emotion between excerpts of neutral clips of the same person, all of 0.5 to 1.5 s but for the moment's."""
    found = []
    others = [clip for clip in clips if clip.label != "neutral"]
    for clip in [others[i] for i in rng.permutation(len(others))[: int(TRAINED * len(others))]]:
        neutral = [other for other in clips if other.label == "neutral" and other.subject == clip.subject]
        around = [_some_of(neutral[i], rng, 0.5, 1.5) for i in rng.permutation(len(neutral))[:2]]
        found.append(spliced([around[0], _some_of(clip, rng, 1.0, 2.0), around[1]], 1))
    return found


def _some_of(clip: ClipFeatures, rng: np.random.Generator, least_s: float, most_s: float) -> ClipFeatures:
    whole_s = length_s(clip)
    wanted_s = min(whole_s, rng.uniform(least_s, most_s))
    start_s = rng.uniform(0, whole_s - wanted_s)
    return excerpt(clip, start_s, start_s + wanted_s)


def _sound(media: Path, clip: ClipFeatures) -> np.ndarray:
    """A clip's samples, zeros behind them up to a whole number of audio steps."""
    suffix = "mp4" if "sound" not in media.name else "flac"
    with opened(str(media / "clips" / f"{clip.clip_id}.{suffix}")) as recording:
        for _ in recording.frames():
            pass
        sound = recording.sound()
    wanted = len(clip.audio) * framing.STEP
    samples = np.asarray([] if sound is None else sound.samples, np.float64)[:wanted]
    return np.pad(samples, (0, wanted - len(samples)))


def _gain(moment: np.ndarray, around: Sequence[np.ndarray]) -> float:
    """What makes the louder half of the moment's steps as loud as that of the others."""
    return _level(np.concatenate(around)) / max(_level(moment), 1e-9)


def _level(samples: np.ndarray) -> float:
    energy = np.square(samples.reshape(-1, framing.STEP)).mean(1)
    return float(np.sqrt(energy[energy >= np.median(energy)].mean()))
