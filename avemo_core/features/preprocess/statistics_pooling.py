"""Statistics pooling: a whole clip as one vector, from the means and deviations of its streams."""

from typing import Final

import numpy as np
from jaxtyping import Float32

from avemo_core.features.preprocess.streams import Streams, is_of_moments

_LIMIT: Final = 5.0
"""No moment counts for more than so many deviations."""


def pooled_inputs(streams: Streams) -> Float32[np.ndarray, " pooled"]:
    """The moments of all streams side by side, each block over the root of its width, so that a wide one is not a loud one.

    A stream the clip does not have gives zeros, its mean over the training clips.
    """
    others = [moments for name, moments in streams.others.items() if is_of_moments(name)]
    blocks = (streams.audio_moments, streams.shape_moments, streams.appearance_moments, streams.prosody_moments, *others)
    return np.concatenate([np.clip(block.sum(0), -_LIMIT, _LIMIT) / np.float32(np.sqrt(max(1, block.shape[1]))) for block in blocks])
