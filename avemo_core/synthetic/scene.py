"""What the camera sees: shots, and the faces placed in them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from avemo_core.synthetic.faces.actors import Actor
from avemo_core.synthetic.faces.portraits import EYE_DISTANCE_PX, EYES_AT_PX, to_canvas

FACE_MIDDLE = np.array([0.0, 0.3])
"""In face units; the camera turns and zooms about it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """A face in a shot; each pair holds the values at the shot's start and at its stop, with a straight way between."""

    actor: Actor
    roll_deg: tuple[float, float] = (0.0, 0.0)
    """Turn of the whole person; positive: clockwise on the screen."""
    zoom: tuple[float, float] = (1.0, 1.0)
    """Size over the usual one."""
    right_px: tuple[float, float] = (0.0, 0.0)
    """Shift in frame pixels; 250 is out of the picture at zoom 1."""
    down_px: tuple[float, float] = (0.0, 0.0)

    def to_frame(self, share: float) -> Float[ndarray, "2 3"]:
        """The affine map from face units to frame pixels, a share of the way through the shot."""
        roll, zoom, right, down = (
            start + share * (stop - start) for start, stop in (self.roll_deg, self.zoom, self.right_px, self.down_px)
        )
        angle, scale = np.deg2rad(roll), zoom * EYE_DISTANCE_PX
        linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = np.array(EYES_AT_PX) + EYE_DISTANCE_PX * FACE_MIDDLE + (right, down)
        return np.column_stack([linear, middle - linear @ FACE_MIDDLE])


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    """The part of a clip between two changes of scene."""

    start_s: float = 0.0
    """It lasts until the next shot starts, or the clip ends."""
    faces: tuple[Placement, ...] = ()
    """The first one plays the clip's emotion and speaks; the others are neutral and silent. Earlier ones stand in front."""


def inverse(affine: Float[ndarray, "2 3"]) -> Float[ndarray, "2 3"]:
    """The affine map back."""
    linear = np.linalg.inv(affine[:, :2])
    return np.column_stack([linear, -linear @ affine[:, 2]])


def apply(affine: Float[ndarray, "2 3"], points: Float[ndarray, "point 2"]) -> Float[ndarray, "point 2"]:
    """The points mapped."""
    return np.asarray(points @ affine[:, :2].T + affine[:, 2])


def to_canvas_affine() -> Float[ndarray, "2 3"]:
    """`portraits.to_canvas` as an affine map from face units to canvas pixels."""
    origin, right, down = to_canvas(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    return np.column_stack([right - origin, down - origin, origin])


def after(second: Float[ndarray, "2 3"], first: Float[ndarray, "2 3"]) -> Float[ndarray, "2 3"]:
    """The affine map that applies `first`, then `second`."""
    return np.column_stack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]])
