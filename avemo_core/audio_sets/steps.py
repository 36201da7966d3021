"""The steps of an audio set: a vector each, and when."""

from typing import NamedTuple

from jaxtyping import Float, Float32
from numpy import ndarray


class AudioSteps(NamedTuple):
    """What is heard of a clip in one audio set, on the set's own steps."""

    values: Float32[ndarray, "step width"]
    """No rows where the clip has none of it."""
    time_s: Float[ndarray, " step"]
    """Ascending, on the file's clock."""
