"""A clip's streams: audio and prosody on the audio's clock, shape and appearance on the video's, and the moments of each over the clip."""

from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess import prosody
from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.features.preprocess.functionals import with_functionals
from avemo_core.features.preprocess.whitening import Whitened

NOTHING: Final = np.zeros((1, 0), np.float32)
"""A stream without columns."""


class Streams(NamedTuple):
    """A clip, step by step and as a whole; steps without a face are zeros."""

    audio: Float32[np.ndarray, "t_a d_a"]
    shape: Float32[np.ndarray, "t_v d_shape"]
    appearance: Float32[np.ndarray, "t_v d_appearance"]
    prosody: Float32[np.ndarray, "t_a d_prosody"]
    """On the audio's clock; no columns where the model reads none, as in the moments."""
    audio_moments: Float32[np.ndarray, "one d_audio_moments"]
    """Mean and deviation over the clip, or functionals of its voice, as one step; no step where the clip has none."""
    shape_moments: Float32[np.ndarray, "one d_shape_moments"]
    appearance_moments: Float32[np.ndarray, "one d_appearance_moments"]
    prosody_moments: Float32[np.ndarray, "one d_prosody_moments"]


def streams_of(clip: ClipFeatures, whitened: Whitened, config: PreprocessConfig) -> Streams:
    """Append the running functionals to every step, and take the moments that the pooled linear model reads."""
    face, every_audio_step = clip.has_face, np.ones(len(whitened.audio), bool)
    spoken = config.prosody and prosody.has_known_columns(clip.audio.shape[1])
    contours = prosody.contours(clip.audio, config.pitch_ceiling_hz, folds_octaves=config.folds_octaves) if spoken else None
    spoken_steps = prosody.steps(contours, len(clip.audio)) if spoken else np.zeros((len(clip.audio), 0), np.float32)
    wide = (
        with_functionals(whitened.audio, clip.audio_time_s, every_audio_step, config.functionals_s),
        with_functionals(whitened.shape, clip.frame_time_s, face, config.functionals_s),
        with_functionals(whitened.appearance, clip.frame_time_s, face, config.functionals_s),
        with_functionals(spoken_steps, clip.audio_time_s, every_audio_step, config.functionals_s),
    )
    if config.fusion_weight == 0:
        return Streams(*wide, NOTHING, NOTHING, NOTHING, NOTHING)
    faces = (_moments(whitened.landmarks[face]), _moments(whitened.appearance[face]))
    if spoken and config.pooled_functionals:
        return Streams(*wide, prosody.clip_functionals(clip.audio, contours), *faces, prosody.spoken_moments(contours))
    return Streams(*wide, _moments(whitened.scaled_audio), *faces, prosody.moments(contours) if spoken else NOTHING)


def _moments(steps: Float[np.ndarray, "steps d"]) -> Float32[np.ndarray, "one twice"]:
    if not len(steps):
        return np.zeros((0, 2 * steps.shape[1]), np.float32)
    return np.concatenate([steps.mean(0), steps.std(0)], dtype=np.float32)[None]
