"""A clip as novelty sees it: what its sound and its face are like as a whole.

Before the PCA, which keeps what differs between the training clips: that other clips lie off its components is what is looked for. And
before normalisation by subject, which would bring another microphone, another room or another language back to mean 0.
"""

import numpy as np
from jaxtyping import Bool, Float32

from avemo_core.features.preprocess.whitening import Whitened


def described(whitened: Whitened, has_face: Bool[np.ndarray, " t_v"]) -> dict[str, Float32[np.ndarray, " d"]]:
    """Mean and deviation over the clip of every value of its sound and of its face, by modality; one it does not have is left out.

    Args:
        whitened: of the sound the features as scaled, of the face landmarks and appearance values.
        has_face: frames with one; the others do not count.
    """
    face = np.concatenate([whitened.landmarks[has_face], whitened.appearance[has_face]], 1)
    steps = {"sound": whitened.scaled_audio, "face": face}
    return {name: np.concatenate([of.mean(0), of.std(0)], dtype=np.float32) for name, of in steps.items() if of.size}
