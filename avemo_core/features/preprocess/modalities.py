"""Which modalities a model reads, a clip as such a model sees it, and the clock of a clip without pictures.

Source: none in the paper, whose clips all have both; docs/decisions/one-modality.md.
"""

from collections.abc import Sequence
from typing import Final, Literal, assert_never

import numpy as np
from jaxtyping import Float

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.parts import FACE_PARTS, PAPER, audio_sets
from avemo_core.features.preprocess.config import Modalities
from avemo_core.runtime.stored import changed
from schemas.audio_sets import YAAFE

BLIND_FPS: Final = 25.0
"""Steps a second of a clip that has sound and no pictures: the network's clock, which is else that of the frames."""

_ROUNDING: Final = 1e-3
"""Of a number of steps: times are float32, and 40.0 steps may come out as 39.99999."""

ALONE: Final = {"sound": "no faces: a model of sound alone", "face": "no sound: a model of faces alone"}
"""What is said where a model reads one modality."""

_NOTHING: Final = slice(0, 0)


def modalities_of(*, has_sound: bool, has_face: bool) -> Modalities:
    """What a model can learn to read from clips of which any has sound, or a face.

    Raises:
        ConfigError: neither.
    """
    match has_sound, has_face:
        case True, True:
            return "audio-visual"
        case True, False:
            return "sound"
        case False, True:
            return "face"
        case _:
            raise ConfigError("features: expected clips with a face or with sound to learn from, found neither in any: extract them again")


def coverage_of(modality: Literal["sound", "face"]) -> str:
    """The column of a features table that is above 0 where a row has the modality."""
    return "audio_coverage" if modality == "sound" else "face_coverage"


def is_read_by(clip: ClipFeatures, modalities: Modalities, parts: Sequence[str] = PAPER) -> bool:
    """Whether the clip has anything that such a model reads."""
    clip = as_read_by(clip, modalities, parts)
    match modalities:
        case "audio-visual":
            return len(clip.frame_time_s) > 0 or clip.has_sound or len(clip.audio) > 0
        case "sound":
            return clip.has_sound
        case "face":
            return bool(clip.has_face.any())
        case unknown:
            assert_never(unknown)


def as_read_by(clip: ClipFeatures, modalities: Modalities, parts: Sequence[str] = PAPER) -> ClipFeatures:
    """The clip with no more than such a model reads: what it does not read has neither steps nor columns.

    A model of sound alone reads no frame times either: a voice is scored alike, whether it was filmed or not.

    Args:
        clip: with the parts of its table.
        modalities: of the model.
        parts: those that it reads, perhaps with others of the modality that it does not.
    """
    clip = of_parts(clip, parts)
    match modalities:
        case "audio-visual":
            return clip
        case "sound":
            return changed(
                clip,
                shape=clip.shape[_NOTHING, _NOTHING],
                appearance=clip.appearance[_NOTHING, _NOTHING],
                frame_time_s=clip.frame_time_s[_NOTHING],
                has_face=clip.has_face[_NOTHING],
            )
        case "face":
            return changed(clip, audio=clip.audio[_NOTHING, _NOTHING], audio_time_s=clip.audio_time_s[_NOTHING], other_audio={})
        case unknown:
            assert_never(unknown)


def of_parts(clip: ClipFeatures, parts: Sequence[str]) -> ClipFeatures:
    """The clip with these parts and no others; its pictures keep their clock."""
    if set(PAPER) <= set(parts) and set(clip.other_audio) <= set(parts):
        return clip
    left_out: dict[str, np.ndarray] = {part: getattr(clip, part)[:, _NOTHING] for part in FACE_PARTS if part not in parts}
    if YAAFE not in parts:
        left_out |= {"audio": clip.audio[_NOTHING, _NOTHING], "audio_time_s": clip.audio_time_s[_NOTHING]}
    return changed(
        clip,
        **left_out,
        other_audio={name: clip.other_audio[name] for name in audio_sets(parts) if name in clip.other_audio},
    )


def audio_clock(clip: ClipFeatures, parts: Sequence[str] = PAPER) -> AudioSteps | None:
    """The audio set on whose steps the network hears a clip: the first of those that are read and have any; None without sound."""
    by_name = clip.audio_by_name
    return next((by_name[name] for name in audio_sets(parts) if name in by_name and len(by_name[name].time_s)), None)


def step_time_s(clip: ClipFeatures, parts: Sequence[str] = PAPER) -> Float[np.ndarray, " t_v"]:
    """The network's clock: the frames' own times; without pictures 25 steps a second, from the first audio step to the end of the last."""
    # Audio steps lie 32 ms apart, as those of yaafe27 do, and the last one stands for as long as the others:
    #
    #     ms       0       32      64      96      128     160
    #     audio    |---0---|---1---|---2---|---3---|---4---|         5 steps, 160 ms
    #     clock    |----0----|----1----|----2----|----3----|         4 steps of 40 ms
    heard = audio_clock(clip, parts)
    if len(clip.frame_time_s) or heard is None:
        return clip.frame_time_s
    audio_time_s = heard.time_s.astype(float)
    apart_s = (audio_time_s[-1] - audio_time_s[0]) / max(1, len(audio_time_s) - 1)
    length_s = audio_time_s[-1] - audio_time_s[0] + apart_s
    steps = max(1, int(length_s * BLIND_FPS + _ROUNDING))
    clock_s: Float[np.ndarray, " t_v"] = audio_time_s[0] + np.arange(steps) / BLIND_FPS
    return clock_s.astype(np.float32)


def on_clock(faces: Float[np.ndarray, "t_v d"], clock_s: Float[np.ndarray, " steps"]) -> Float[np.ndarray, "steps d"]:
    """A stream of the faces on the network's clock: zeros, as wherever no face is, for a clip without pictures."""
    return faces if len(faces) else np.zeros((len(clock_s), faces.shape[1]), np.float32)
