"""When a clip's emotion is on: the planted segment."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

RAMP_S: Final = 0.2
"""Length of the rise and of the fall; the segment starts and stops at half height."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """The part of a clip that carries the emotion, on the picture's clock; half-open."""

    start_s: float
    stop_s: float

    def activation(self, time_s: Float[ndarray, " t"]) -> Float[ndarray, " t"]:
        """How much of the emotion is on: 0 outside, 1 inside, half at the start and at the stop."""
        return np.asarray(_ramp(time_s - self.start_s) * _ramp(self.stop_s - time_s))


def _ramp(after_s: Float[ndarray, " t"]) -> Float[ndarray, " t"]:
    share = (after_s / RAMP_S + 0.5).clip(0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def wobble(time_s: Float[ndarray, " t"], draw: np.random.Generator) -> Float[ndarray, " t"]:
    """Slow random drift around 0 with a standard deviation of 1 over many draws; nothing above 1.2 Hz."""
    rates_hz = draw.uniform(0.2, 1.2, 4)
    phases = draw.uniform(0, 2 * np.pi, 4)
    return np.asarray(np.sin(2 * np.pi * rates_hz[:, None] * time_s + phases[:, None]).sum(axis=0) / np.sqrt(2))
