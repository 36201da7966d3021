"""A clip's voice, read once: what every model of the same settings makes of it, whoever that model was trained on.

Reading it costs most of what a clip's streams cost, and takes a 25th of the room of the features that it is read off.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float32


class VoiceSettings(NamedTuple):
    """What the values hang on, beside the sound."""

    pitch_ceiling_hz: float
    folds_octaves: bool
    with_functionals: bool


class Voice(NamedTuple):
    """Of one clip, as avemo_core.features.preprocess.prosody reads it."""

    settings: VoiceSettings
    steps: Float32[np.ndarray, "t_a d_prosody"]
    """F0 contour, voicing strength and intensity; zeros without sound."""
    moments: Float32[np.ndarray, "one d_prosody_moments"]
    """No step without sound, as in the functionals."""
    functionals: Float32[np.ndarray, "one wide"] | None
    """Every functional of every descriptor; None where the settings want none."""

    @property
    def nbytes(self) -> int:
        """Of its arrays."""
        return self.steps.nbytes + self.moments.nbytes + (0 if self.functionals is None else self.functionals.nbytes)


Voices = Mapping[str, Voice]
"""Of several clips, by clip_id."""

NO_VOICES: Final[Voices] = MappingProxyType({})
