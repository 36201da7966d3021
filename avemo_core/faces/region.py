"""The upright square around a face that FaceMesh reads.

In an affine map a pixel's centre has whole coordinates. So a copy of `side` pixels reaches from -0.5 to side - 0.5, its middle is
(side - 1) / 2, and its first pixel lies half a step inside the region's corner:

    region         |<------------ side_px ------------>|
    copy, side 4   |   0    |   1    |   2    |   3    |     a step is side_px / side
                 -0.5              1.5               3.5
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from avemo_core.faces import boxes
from avemo_core.faces.boxes import Detection

MARGIN: Final = 1.5
"""Side of the region over the larger extent of the face."""
EYE_CORNERS: Final = (33, 263)
"""Outer corners of the eyes among the 468 points; the line between them is level in the region."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A square of a picture, turned so that the face in it stands upright."""

    x_px: float
    """Centre."""
    y_px: float
    side_px: float
    roll_rad: float
    """Angle of the line through the eyes; positive: clockwise on the screen."""

    def widened(self, factor: float) -> "Region":
        """The same region with a side so many times as long."""
        return replace(self, side_px=self.side_px * factor)

    def to_picture(self, side: int) -> Float[ndarray, "2 3"]:
        """The affine map from pixels of a side x side copy of the region to pixels of the picture.

        centre + step R(roll) (pixel - middle), R the rotation that takes the copy's rows to the line through the eyes.
        """
        step = self.side_px / side
        across = step * math.cos(self.roll_rad), step * math.sin(self.roll_rad)
        middle = (side - 1) / 2
        return np.array(
            [
                [across[0], -across[1], self.x_px - middle * (across[0] - across[1])],
                [across[1], across[0], self.y_px - middle * (across[1] + across[0])],
            ]
        )


def of_detection(face: Detection) -> Region:
    """The region to start from: the detector's box, turned by its eyes."""
    x, y = boxes.box_centre(face.box)
    return Region(x_px=x, y_px=y, side_px=MARGIN * face.side_px, roll_rad=_roll(face.eyes[0], face.eyes[1]))


def of_points(points: Float32[ndarray, "468 2"]) -> Region:
    """The region in which the face of the next frame is tracked: the box of this frame's points, turned upright, with a margin."""
    roll = _roll(points[EYE_CORNERS[0]], points[EYE_CORNERS[1]])
    cos, sin = math.cos(roll), math.sin(roll)
    # Turned back by the roll, where the points have an upright box; its centre is turned forth again.
    upright = points @ np.array([[cos, -sin], [sin, cos]], np.float32)
    box = boxes.bounding_box(upright)
    x, y = boxes.box_centre(box)
    return Region(x_px=cos * x - sin * y, y_px=sin * x + cos * y, side_px=MARGIN * boxes.side_px(box), roll_rad=roll)


def _roll(left_eye: Float32[ndarray, "2"], right_eye: Float32[ndarray, "2"]) -> float:
    return math.atan2(float(right_eye[1] - left_eye[1]), float(right_eye[0] - left_eye[0]))
