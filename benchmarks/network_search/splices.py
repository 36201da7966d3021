"""Splices of held-out people, from their recordings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from avemo_core.audio import framing, yaafe
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.splicing import Moment, spliced
from avemo_core.media.decode import opened

AROUND: Final = 4
"""Neutral clips around the moment: an even spread gives it about a fifth of the attention."""

A_PERSON: Final = 10
"""Test splices of one person, at most; and as many whose level is matched."""


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


def checked(clips: Sequence[ClipFeatures], media: Path) -> Iterator[str]:
    """How far spliced features are from those of a spliced recording, in interquartile ranges of each column over the recording's steps."""
    own = [clip for clip in clips if clip.subject == clips[0].subject]
    neutral, angry = ([clip for clip in own if clip.label == label] for label in ("neutral", "angry"))
    pieces = [neutral[0], angry[0], neutral[1]]
    joined, moment = spliced(pieces, 1)
    sounds = [_sound(media, piece) for piece in pieces]
    again = yaafe.extract(sounds[1])
    recording = yaafe.extract(np.concatenate(sounds))
    low, high = np.quantile(recording, (0.25, 0.75), axis=0)
    scale = np.where(high > low, high - low, np.inf)
    slow = np.concatenate([np.full(yaafe.WIDTHS[name], name in yaafe.SLOW) for name in yaafe.WIDTHS])
    yield f"{joined.clip_id}: {len(recording)} steps, {len(joined.audio)} spliced; moment {moment.start_s:.3f} to {moment.stop_s:.3f} s"
    yield f"a piece extracted here and its row in the table: largest difference {_apart(again, angry[0].audio, scale):.2g}"
    seams = np.cumsum([len(piece.audio) for piece in pieces])[:-1]
    near = np.min(np.abs(np.arange(len(recording))[:, None] - seams), axis=1) <= 2
    for name, columns in (("held for 1.024 s", slow), ("of a step", ~slow)):
        for where, steps in (("within two steps of a seam", near), ("elsewhere", ~near)):
            difference = np.abs(recording - joined.audio)[steps][:, columns] / scale[columns]
            yield f"columns {name}, {where}: median {np.median(difference):.2g}, 99 % at most {np.quantile(difference, 0.99):.2g}"


def _apart(one: np.ndarray, other: np.ndarray, scale: np.ndarray) -> float:
    return float((np.abs(one - other) / scale).max())
