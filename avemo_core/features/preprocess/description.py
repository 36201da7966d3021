"""A clip as novelty sees it: what its sound and its face are like as a whole.

Before the PCA, which keeps what differs between the training clips: that other clips lie off its components is what is looked for. And
before normalisation by subject, which would bring another microphone, another room or another language back to mean 0.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Bool, Float32

from avemo_core.features.preprocess.audio_sets.whitening import WhitenedSteps
from avemo_core.features.preprocess.whitening import Whitened


def described(
    whitened: Whitened, has_face: Bool[np.ndarray, " t_v"], sets: Mapping[str, WhitenedSteps] = MappingProxyType({})
) -> dict[str, Float32[np.ndarray, " _"]]:
    """Mean and deviation over the clip of every value of its sound and of its face, by modality; one it does not have is left out.

    Args:
        whitened: of the sound the features as scaled, of the face landmarks and appearance values.
        has_face: frames with one; the others do not count.
        sets: the audio sets beside yaafe27. A clip that lacks any that is read has no description of its sound.
    """
    face = np.concatenate([whitened.landmarks[has_face], whitened.appearance[has_face]], 1)
    sound = [of for of in (whitened.scaled_audio, *(steps.scaled for steps in sets.values())) if of.shape[1]]
    parts = {"sound": sound if all(map(len, sound)) else [], "face": [face] if face.size else []}
    moments = {name: [moment for steps in of for moment in (steps.mean(0), steps.std(0))] for name, of in parts.items()}
    return {name: np.concatenate(of, dtype=np.float32) for name, of in moments.items() if of}
