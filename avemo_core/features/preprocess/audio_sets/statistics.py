"""An audio set over a whole clip in numbers: functionals of its own steps; of an encoder's many values means and deviations alone."""

from typing import Final

import numpy as np
from jaxtyping import Float32

from avemo_core.features.functionals.clip_functionals import FUNCTIONALS, functionals

MOST_WITH_FUNCTIONALS: Final = 256
"""Values a step at most, for which every functional is taken; wider sets are encoders', whose values mean nothing one by one."""

_OF_ALL_STEPS: Final = [row for row, name in enumerate(FUNCTIONALS) if not name.startswith("voiced_")]
"""A set need not say what is voiced."""


def statistics(scaled: Float32[np.ndarray, "steps d"], *, with_functionals: bool) -> Float32[np.ndarray, "one d_statistics"]:
    """The clip as one step, functional by functional; no step for a clip without any.

    Args:
        scaled: every value on its own, in interquartile ranges from its median.
        with_functionals: percentiles, changes and the rest too; False: mean and deviation.
    """
    steps, width = scaled.shape
    with_functionals = with_functionals and width <= MOST_WITH_FUNCTIONALS
    if not steps:
        return np.zeros((0, (len(_OF_ALL_STEPS) if with_functionals else 2) * width), np.float32)
    if not with_functionals:
        return np.concatenate([scaled.mean(0), scaled.std(0)], dtype=np.float32)[None]
    every = np.ones(steps, bool)
    return functionals(scaled.astype(float), every, every)[_OF_ALL_STEPS].astype(np.float32).reshape(1, -1)
