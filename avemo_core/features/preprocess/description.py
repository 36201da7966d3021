"""A clip as novelty sees it: what its sound and its face are like as a whole, before a person's own statistics are taken away.

Normalisation by subject would hide what is looked for: it brings another microphone, another room or another language back to mean 0.
"""

from typing import Final

import numpy as np
from jaxtyping import Float32

from avemo_core.features.preprocess.streams import Streams

SOUND: Final = "sound"
FACE: Final = "face"


def described(streams: Streams) -> dict[str, Float32[np.ndarray, " d"]]:
    """Mean and deviation over the clip of every value of its sound and of its face, by modality; a modality it does not have is left out.

    Args:
        streams: before normalisation by subject; prosody is part of the sound, shape and appearance are the face.
    """
    face = np.concatenate([streams.shape, streams.appearance], 1)
    steps = {
        SOUND: np.concatenate([streams.audio, streams.prosody], 1),
        FACE: face[np.any(face, axis=1)],  # a step without a face is zeros
    }
    return {name: np.concatenate([of.mean(0), of.std(0)], dtype=np.float32) for name, of in steps.items() if of.size}
