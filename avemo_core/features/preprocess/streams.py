"""A clip's streams: audio and prosody on the audio's clock, shape and appearance on the video's, and the moments of each over the clip."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.functionals.descriptors import READS
from avemo_core.features.preprocess import prosody
from avemo_core.features.preprocess.audio_sets.statistics import statistics
from avemo_core.features.preprocess.audio_sets.whitening import WhitenedSteps
from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.features.preprocess.functionals import with_functionals
from avemo_core.features.preprocess.modalities import as_read_by
from avemo_core.features.preprocess.whitening import Whitened
from avemo_core.features.voice import Voice, VoiceSettings
from avemo_core.runtime.stored import changed

NOTHING: Final = np.zeros((1, 0), np.float32)
"""A stream without columns."""


class Streams(NamedTuple):
    """A clip, step by step and as a whole; steps without a face are zeros."""

    audio: Float32[np.ndarray, "t_a d_a"]
    """yaafe27."""
    shape: Float32[np.ndarray, "t_v d_shape"]
    appearance: Float32[np.ndarray, "t_v d_appearance"]
    prosody: Float32[np.ndarray, "t_a d_prosody"]
    """On the audio's clock; no columns where the model reads none, as in the moments."""
    audio_moments: Float32[np.ndarray, "one d_audio_moments"]
    """Mean and deviation over the clip, or functionals of its voice, as one step; no step where the clip has none."""
    shape_moments: Float32[np.ndarray, "one d_shape_moments"]
    appearance_moments: Float32[np.ndarray, "one d_appearance_moments"]
    prosody_moments: Float32[np.ndarray, "one d_prosody_moments"]
    others: Mapping[str, Float32[np.ndarray, "_ _"]] = MappingProxyType({})
    """Of every other audio set its steps and its moments, by `stream_of` and `moments_of` its name."""

    def by_name(self) -> dict[str, Float32[np.ndarray, "_ _"]]:
        """All of them, in an order that is the same for every clip of a model."""
        return {name: getattr(self, name) for name in STREAMS} | dict(self.others)

    def moments(self) -> dict[str, Float32[np.ndarray, "_ _"]]:
        """Those of them that the pooled linear model reads, in that order."""
        return {name: values for name, values in self.by_name().items() if name in MOMENTS or is_of_moments(name)}

    def replaced(self, values: Mapping[str, Float32[np.ndarray, "_ _"]]) -> "Streams":
        """The same with other values for those that are named."""
        fixed = {name: value for name, value in values.items() if name in STREAMS}
        others = {name: values.get(name, value) for name, value in self.others.items()}
        return self._replace(**fixed, others=others)


STREAMS: Final = Streams._fields[:-1]
"""Those that every model has."""

MOMENTS: Final = tuple(name for name in STREAMS if name.endswith("_moments"))
"""Those of them that the pooled linear model reads."""


_MOMENTS: Final = ":moments"


def stream_of(audio_set: str) -> str:
    """The name of an audio set's steps among the streams; no stream of before has a colon."""
    return f"audio:{audio_set}"


def moments_of(audio_set: str) -> str:
    """The name of an audio set's moments among the streams."""
    return f"audio:{audio_set}{_MOMENTS}"


def is_of_moments(stream: str) -> bool:
    """Whether a stream is an audio set's moments."""
    return stream.endswith(_MOMENTS)


def streams_of(
    clip: ClipFeatures,
    whitened: Whitened,
    config: PreprocessConfig,
    sets: Mapping[str, WhitenedSteps] = MappingProxyType({}),
) -> Streams:
    """Append the running functionals to every step, and take the moments that the pooled linear model reads.

    Args:
        clip: as the model reads it.
        whitened: its faces and yaafe27.
        config: of the preprocessing.
        sets: its other audio sets, by name.
    """
    face, every_audio_step = clip.has_face, np.ones(len(whitened.audio), bool)
    voice = voice_of(clip, config)
    spoken_steps = np.zeros((len(clip.audio), 0), np.float32) if voice is None else voice.steps
    others = {name: value for audio_set, steps in sets.items() for name, value in _of_set(clip, audio_set, steps, config).items()}
    wide = (
        with_functionals(whitened.audio, clip.audio_time_s, every_audio_step, config.functionals_s),
        with_functionals(whitened.shape, clip.frame_time_s, face, config.functionals_s),
        with_functionals(whitened.appearance, clip.frame_time_s, face, config.functionals_s),
        with_functionals(spoken_steps, clip.audio_time_s, every_audio_step, config.functionals_s),
    )
    if config.fusion_weight == 0:
        return Streams(*wide, NOTHING, NOTHING, NOTHING, NOTHING, others)
    faces = (_moments(whitened.landmarks[face]), _moments(whitened.appearance[face]))
    heard = _moments(whitened.scaled_audio) if voice is None or voice.functionals is None else voice.functionals
    return Streams(*wide, heard, *faces, NOTHING if voice is None else voice.moments, others)


def voice_of(clip: ClipFeatures, config: PreprocessConfig) -> Voice | None:
    """The clip's voice: the one that it has, or read now where it has none of these settings; None where no prosody is read."""
    if not (config.prosody and clip.audio_columns.keys() >= prosody.READS):
        return None
    with_functionals = config.pooled_functionals and config.fusion_weight > 0 and clip.audio_columns.keys() >= READS
    settings = VoiceSettings(config.pitch_ceiling_hz, config.folds_octaves, with_functionals)
    known = clip.voice
    return known if known is not None and known.settings == settings else prosody.voice(clip.audio, settings)


def with_voice(clip: ClipFeatures, config: PreprocessConfig) -> ClipFeatures:
    """The clip with its voice, for those who make its streams several times; one that is not finite as it is."""
    return changed(clip, voice=voice_of(as_read_by(clip, config.modalities, config.reads), config)) if clip.is_finite else clip


def _of_set(clip: ClipFeatures, audio_set: str, steps: WhitenedSteps, config: PreprocessConfig) -> dict[str, Float32[np.ndarray, "_ _"]]:
    time_s = clip.other_audio[audio_set].time_s if audio_set in clip.other_audio else np.zeros(0, np.float32)
    pooled = NOTHING
    if config.fusion_weight:
        pooled = statistics(steps.scaled, with_functionals=config.pooled_functionals)
    wide = with_functionals(steps.whitened, time_s, np.ones(len(time_s), bool), config.functionals_s)
    return {stream_of(audio_set): wide, moments_of(audio_set): pooled}


def _moments(steps: Float[np.ndarray, "steps d"]) -> Float32[np.ndarray, "one twice"]:
    if not len(steps):
        return np.zeros((0, 2 * steps.shape[1]), np.float32)
    mean = steps.sum(0) / len(steps)
    away = steps - mean
    away *= away  # numpy's own deviation, to the last bit; it takes the mean once more
    return np.concatenate([mean, np.sqrt(away.sum(0) / len(steps))], dtype=np.float32)[None]
