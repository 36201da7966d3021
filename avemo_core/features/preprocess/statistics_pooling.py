"""Statistics pooling: a whole clip as one vector, from the means and deviations of its streams."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from jaxtyping import Float32

from avemo_core.features.preprocess.streams import Streams

_LIMIT: Final = 5.0
"""No moment counts for more than so many deviations."""


def pooled_inputs(streams: Streams) -> Float32[np.ndarray, " pooled"]:
    """The moments of all streams side by side, each block over the root of its width, so that a wide one is not a loud one.

    A stream the clip does not have gives zeros, its mean over the training clips.
    """
    return np.concatenate([_bounded(block.sum(0)) for block in streams.moments().values()])


def pooled_rows(moments: Mapping[str, Float32[np.ndarray, "window _"]]) -> Float32[np.ndarray, "window pooled"]:
    """The same of windows' moments, by stream: a row a window, zeros where a window lacks the stream."""
    return np.concatenate([_bounded(block) for block in moments.values()], axis=1)


def _bounded(moments: Float32[np.ndarray, "*window d"]) -> Float32[np.ndarray, "*window d"]:
    bounded: np.ndarray = np.clip(moments, -_LIMIT, _LIMIT) / np.float32(np.sqrt(max(1, moments.shape[-1])))
    return bounded
