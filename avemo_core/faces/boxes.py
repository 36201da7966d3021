"""What a detector says of a face, and how boxes overlap."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from numpy import ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Detection:
    """One detected face, in pixels of the picture."""

    box: Float32[ndarray, "4"]
    """Left, top, right, bottom."""
    eyes: Float32[ndarray, "2 2"]
    """Centres of the eyes, the one on the picture's left (for an upright face) first; x, y."""
    score: float

    @property
    def side_px(self) -> float:
        """The longer side of the box."""
        return side_px(self.box)


def iou(a: Float32[ndarray, "4"], b: Float32[ndarray, "4"]) -> float:
    """Intersection over union of two boxes."""
    width, height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    common = max(float(width), 0.0) * max(float(height), 0.0)
    areas = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]))
    return common / (areas - common) if common > 0 else 0.0


def bounding_box(points: Float32[ndarray, "point 2"]) -> Float32[ndarray, "4"]:
    """Left, top, right, bottom of the points."""
    # Along contiguous rows numpy finds a minimum ten times as fast as along columns of two.
    rows = np.ascontiguousarray(points.T)
    return np.concatenate([rows.min(axis=1), rows.max(axis=1)])


def shares(box: Float32[ndarray, "4"], width: int, height: int) -> Float32[ndarray, "4"]:
    """A box as shares of the picture's width and height, cut at its edges."""
    # A pixel's centre has whole coordinates, so the picture reaches from -0.5 to its side - 0.5.
    return np.clip((box + np.float32(0.5)) / np.array([width, height] * 2, np.float32), np.float32(0), np.float32(1))


def side_px(box: Float32[ndarray, "4"]) -> float:
    """The longer side of a box."""
    left, top, right, bottom = box.tolist()
    return float(max(right - left, bottom - top))


def box_centre(box: Float32[ndarray, "4"]) -> tuple[float, float]:
    """Where the centre of a box lies; x, y."""
    left, top, right, bottom = box.tolist()
    return (left + right) / 2, (top + bottom) / 2
