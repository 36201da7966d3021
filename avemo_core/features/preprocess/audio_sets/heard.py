"""All that is heard of a clip, as one stream on the audio's clock."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float32

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.parts import audio_sets
from avemo_core.features.preprocess.audio_sets.clock import averaged, joined, steps_as_long
from avemo_core.features.preprocess.audio_sets.fitted import AudioSets
from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.features.preprocess.modalities import audio_clock
from schemas.audio_sets import YAAFE


def heard(
    clip: ClipFeatures,
    yaafe: Float32[np.ndarray, "t_a d"],
    others: Mapping[str, Float32[np.ndarray, "_ _"]],
    beside_yaafe: AudioSets,
    config: PreprocessConfig,
) -> AudioSteps:
    """The audio sets that are read as one stream on the steps of the first that the clip has.

    Args:
        clip: as the model reads it.
        yaafe: its steps of yaafe27 and prosody, as the network reads them.
        others: its steps of the other sets, by name.
        beside_yaafe: these sets, which know their own times.
        config: of the preprocessing.
    """
    sets = [
        AudioSteps(yaafe, clip.audio_time_s) if name == YAAFE else AudioSteps(others[name], beside_yaafe.times(clip, name))
        for name in audio_sets(config.reads)
    ] or [AudioSteps(yaafe, clip.audio_time_s)]
    one, steps, clock = joined(sets), config.audio_average_steps, audio_clock(clip, config.reads)
    on_yaafe = clock is None or clock.time_s is clip.audio_time_s
    return averaged(*one, steps if on_yaafe else steps_as_long(steps, one.time_s))
