"""What a detector says of a face, and how boxes overlap."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from numpy import ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Found:
    """One detected face, in pixels of the picture."""

    box: Float32[ndarray, "4"]
    """Left, top, right, bottom."""
    eyes: Float32[ndarray, "2 2"]
    """Centres of the eyes, the one on the picture's left (for an upright face) first; x, y."""
    score: float

    @property
    def side_px(self) -> float:
        """The longer side of the box."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))


def overlap(a: Float32[ndarray, "4"], b: Float32[ndarray, "4"]) -> float:
    """Intersection over union of two boxes."""
    width, height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    common = max(float(width), 0.0) * max(float(height), 0.0)
    areas = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]))
    return common / (areas - common) if common > 0 else 0.0
