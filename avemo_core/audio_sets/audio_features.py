"""What an audio set is: sound in, a vector a step out."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from schemas.audio_sets import AudioSet


@runtime_checkable
class AudioFeatures(Protocol):
    """A set of audio features that is computed from sound, 16 kHz mono.

    Step n of a sound is centred `centre` samples after its sample n * hop.
    """

    @property
    def audio_set(self) -> AudioSet:
        """Its name, columns with their units, and what it is: what a table says of it."""

    @property
    def agreement(self) -> str:
        """What a model must agree with, for the feature_set: the name, and versions or weights that change values."""

    @property
    def licence(self) -> str | None:
        """What its licence asks of a user; None: nothing beyond avemo's own."""

    @property
    def hop(self) -> int:
        """Samples from a step to the next."""

    @property
    def centre(self) -> float:
        """Samples from the sound's first to the centre of step 0."""

    @property
    def piece_hops(self) -> int:
        """Steps computed at a time (avemo_core/audio_sets/pieces.py)."""

    @property
    def context_hops(self) -> int:
        """Steps' worth of sound that is heard on each side of a piece."""

    def extract(self, samples: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, "step width"]:
        """The values of every step from the first on, as many as the set makes of so many samples; the same for the same samples.

        Raises:
            MediaError: the set makes nothing of this sound.
        """
