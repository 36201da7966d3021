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
    """How long a clip is as a piece: its audio steps; of a clip without sound its frames, to a whole number of audio steps."""
    if len(clip.audio_time_s):
        return len(clip.audio_time_s) * _STEP_S
    return _STEP_S * round(len(clip.frame_time_s) * _apart_s(clip.frame_time_s) / _STEP_S)


def excerpt(clip: ClipFeatures, start_s: float, stop_s: float) -> ClipFeatures:
    """What a clip shows in [start_s, stop_s), both brought to the nearest audio step; its time begins at 0."""
    first, last = (round(each / _STEP_S) * _STEP_S for each in (start_s, stop_s))
    audio, frames = _within(clip.audio_time_s, first, last), _within(clip.frame_time_s, first, last)
    return replace(
        clip,
        audio=clip.audio[audio],
        audio_time_s=clip.audio_time_s[audio] - np.float32(first),
        shape=clip.shape[frames],
        appearance=clip.appearance[frames],
        frame_time_s=clip.frame_time_s[frames] - np.float32(first),
        has_face=clip.has_face[frames],
    )


def spliced(pieces: Sequence[ClipFeatures], of: int) -> tuple[ClipFeatures, Moment]:
    """Clips of one person one after the other.

    Args:
        pieces: in the order of time.
        of: the piece whose label the splice bears, and whose moment is given.

    Returns:
        The splice and the moment; its clip_id names every piece, and subject and split are those of the labelled one.

    Raises:
        ConfigError: the pieces are of several people, or some have sound and others none.
    """
    if len({piece.subject for piece in pieces}) != 1 or len({len(piece.audio) > 0 for piece in pieces}) != 1:
        told = ", ".join(f"{piece.clip_id} of {piece.subject} with {len(piece.audio)} audio steps" for piece in pieces)
        raise ConfigError(f"splice: expected clips of one person, all with sound or all without, found {told}")
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
    )
    return joined, Moment(float(starts_s[of]), float(starts_s[of + 1]))


def _within(time_s: Float[np.ndarray, " steps"], first_s: float, last_s: float) -> Bool[np.ndarray, " steps"]:
    """Steps of a half-open range; a thousandth of a step is rounding, not time."""
    tolerance = _ROUNDING * _STEP_S
    inside: Bool[np.ndarray, " steps"] = (time_s >= first_s - tolerance) & (time_s < last_s - tolerance)
    return inside


def _shifted(times_s: Sequence[Float[np.ndarray, " _"]], starts_s: Float[np.ndarray, " _"]) -> Float[np.ndarray, " steps"]:
    shifted = [time_s.astype(np.float64) + start_s for time_s, start_s in zip(times_s, starts_s, strict=False)]
    return np.concatenate(shifted).astype(np.float32)


def _apart_s(time_s: Float[np.ndarray, " t_v"]) -> float:
    """Time from one frame to the next."""
    return float(np.median(np.diff(time_s))) if len(time_s) > 1 else _STEP_S
