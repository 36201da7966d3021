"""Clips spliced into longer ones: the features of several clips one after the other, as if they had been recorded in one go.

A clip of one emotion between neutral clips of the same person is a clip of which it is known when the emotion shows: attention is
measured on such clips, and can be trained on them.

    piece           neutral        angry         neutral
    audio steps   0  1  2  3  |  0  1  2  |  0  1  2  3  4
    of the splice 0  1  2  3  |  4  5  6  |  7  8  9 10 11
                              ^           ^
                              start_s     stop_s

A piece lasts a whole number of audio steps, so that the steps of the splice lie on one grid, as those of a joined recording would.
A step's values do not: those within 32 ms of a seam, and what is held for 1.024 s, hear both sides in a joined recording
(docs/benchmarks/splice.md says how far that goes).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from avemo_core.audio.framing import STEP
from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from schemas.audio import SAMPLE_RATE_HZ

_STEP_S: Final = STEP / SAMPLE_RATE_HZ
_ROUNDING: Final = 1e-3
"""Of a number of steps: times are float32."""


class Moment(NamedTuple):
    """A half-open range of a clip's time."""

    start_s: float
    stop_s: float


def length_s(clip: ClipFeatures) -> float:
    """How long a clip is as a piece, a whole number of yaafe27's steps: these, or another audio set's time; without sound its frames'."""
    if len(clip.audio_time_s):
        return len(clip.audio_time_s) * _STEP_S
    times_s = _leading_s(clip)
    return _STEP_S * round(len(times_s) * _apart_s(times_s) / _STEP_S)


def begins_s(clip: ClipFeatures) -> float:
    """When a clip begins as a piece, on the file's clock: a range of a file, or a segment, does so later than at 0.

    What comes within its first step of 0 belongs to a clip that begins at 0: a step's time is its middle in some sets, and a sound track
    may begin a few milliseconds after the pictures.
    """
    times_s = _leading_s(clip)
    return float(times_s[0]) if len(times_s) and times_s[0] >= _apart_s(times_s) else 0.0


def excerpt(clip: ClipFeatures, start_s: float, stop_s: float) -> ClipFeatures:
    """What a clip shows in [start_s, stop_s) from where it begins, both brought to the nearest audio step; its time begins at 0."""
    first, last = (begins_s(clip) + round(each / _STEP_S) * _STEP_S for each in (start_s, stop_s))
    audio, frames = _within(clip.audio_time_s, first, last), _within(clip.frame_time_s, first, last)
    return replace(
        clip,
        audio=clip.audio[audio],
        audio_time_s=clip.audio_time_s[audio] - np.float32(first),
        shape=clip.shape[frames],
        appearance=clip.appearance[frames],
        frame_time_s=clip.frame_time_s[frames] - np.float32(first),
        has_face=clip.has_face[frames],
        other_audio={name: _cut(steps, first, last) for name, steps in clip.other_audio.items()},
        voice=None,
    )


def spliced(pieces: Sequence[ClipFeatures], of: int) -> tuple[ClipFeatures, Moment]:
    """Clips of one person one after the other.

    Args:
        pieces: in the order of time.
        of: the piece whose label the splice bears, and whose moment is given.

    Returns:
        The splice and the moment; its clip_id names every piece, and subject and split are those of the labelled one.

    Raises:
        ConfigError: the pieces are of several people, or some have an audio set and others do not.
    """
    if len({piece.subject for piece in pieces}) != 1 or len({audio_sets_of(piece) for piece in pieces}) != 1:
        told = ", ".join(f"{piece.clip_id} of {piece.subject} with {', '.join(audio_sets_of(piece)) or 'no sound'}" for piece in pieces)
        raise ConfigError(f"splice: expected clips of one person, all with the same audio sets, found {told}")
    starts_s = np.concatenate([[0.0], np.cumsum([length_s(piece) for piece in pieces])])
    cut = [excerpt(piece, 0.0, length_s(piece)) for piece in pieces]  # frames behind the last audio step would overlap the next piece
    joined = replace(
        pieces[of],
        clip_id="+".join(piece.clip_id for piece in pieces),
        source_id="+".join(piece.source_id for piece in pieces),
        audio=np.concatenate([piece.audio for piece in cut]),
        audio_time_s=_shifted([piece.audio_time_s for piece in cut], starts_s),
        shape=np.concatenate([piece.shape for piece in cut]),
        appearance=np.concatenate([piece.appearance for piece in cut]),
        frame_time_s=_shifted([piece.frame_time_s for piece in cut], starts_s),
        has_face=np.concatenate([piece.has_face for piece in cut]),
        other_audio={name: _one_after_the_other([piece.other_audio[name] for piece in cut], starts_s) for name in cut[0].other_audio},
        voice=None,
    )
    return joined, Moment(float(starts_s[of]), float(starts_s[of + 1]))


def audio_sets_of(clip: ClipFeatures) -> tuple[str, ...]:
    """The audio sets of which a clip has any step."""
    return tuple(name for name, steps in clip.audio_by_name.items() if len(steps.values))


def _cut(steps: AudioSteps, first_s: float, last_s: float) -> AudioSteps:
    inside = _within(steps.time_s, first_s, last_s)
    return AudioSteps(steps.values[inside], steps.time_s[inside] - np.float32(first_s))


def _one_after_the_other(pieces: Sequence[AudioSteps], starts_s: Float[np.ndarray, " _"]) -> AudioSteps:
    return AudioSteps(np.concatenate([piece.values for piece in pieces]), _shifted([piece.time_s for piece in pieces], starts_s))


def _within(time_s: Float[np.ndarray, " steps"], first_s: float, last_s: float) -> Bool[np.ndarray, " steps"]:
    """Steps of a half-open range; a thousandth of a step is rounding, not time, and so is a float32's last digit, more from 512 s on."""
    tolerance = max(_ROUNDING * _STEP_S, float(np.spacing(np.float32(last_s))))
    inside: Bool[np.ndarray, " steps"] = (time_s >= first_s - tolerance) & (time_s < last_s - tolerance)
    return inside


def _shifted(times_s: Sequence[Float[np.ndarray, " _"]], starts_s: Float[np.ndarray, " _"]) -> Float[np.ndarray, " steps"]:
    shifted = [time_s.astype(np.float64) + start_s for time_s, start_s in zip(times_s, starts_s, strict=False)]
    return np.concatenate(shifted).astype(np.float32)


def _leading_s(clip: ClipFeatures) -> Float[np.ndarray, " steps"]:
    """The times by which a clip begins and lasts: yaafe27's, or another audio set's; without sound its frames'."""
    return next((steps.time_s for steps in clip.audio_by_name.values() if len(steps.time_s)), clip.frame_time_s)


def _apart_s(time_s: Float[np.ndarray, " steps"]) -> float:
    """Time from one step or frame to the next."""
    return float(np.median(np.diff(time_s))) if len(time_s) > 1 else _STEP_S
