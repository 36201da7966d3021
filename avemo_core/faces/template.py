"""Crop templates: where five points of a face lie in a network's chip, as its training had them.

Points are the eyes' centres, the nose, and the mouth's corners, as shares of the chip's side; a pixel's centre has whole coordinates, so
that the chip's edges lie at -0.5 and side - 0.5. The nose is its base to dlib and its tip to ArcFace:

    chip (dlib)        ArcFace-112
    +---------+        +---------+
    |         |        |         |        nearly the same eyes; ArcFace has the face larger, and the chin outside
    |  o   o  |        |  o   o  |
    |    .    |        |    ^    |
    |   ---   |        |   ---   |
    +---------+        +---------+
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from avemo_core.faces.landmarks import IBUG_49, LEFT_EYE, MOUTH_CORNERS, NOSE_BASE, NOSE_TIP, RIGHT_EYE

PADDING: Final = 0.25
"""dlib's margin on each side of the face box, in units of the box's side."""
_FACE_BOX: Final = np.array([[0.226, 0.216], [0.755, 0.216], [0.490, 0.628], [0.254, 0.780], [0.726, 0.780]])
"""Where dlib's chips have the points: x and y in units of the face box."""
_ARCFACE_112_PX: Final = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])
"""In pixels of a chip of 112. Source: Deng et al. 2019, "ArcFace", whose faces are aligned as those of SphereFace, moved by 8 pixels."""


@dataclass(frozen=True, eq=False)
class Template:
    """Where a chip has the five points, and by which landmarks they are found."""

    name: str
    shares: Float[ndarray, "5 2"]
    """x and y from the chip's left and upper edge, in units of its side."""
    weights: Float[ndarray, "5 49"]
    """How much of each landmark goes into each point."""

    def in_px(self, side_px: int) -> Float[ndarray, "5 2"]:
        """The points in a chip of this side."""
        return self.shares * side_px - 0.5

    def anchors(self, landmarks: Float[ndarray, "49 2"]) -> Float[ndarray, "5 2"]:
        """The same points of a face."""
        return np.asarray(self.weights @ landmarks)


def _weights(nose: int) -> Float[ndarray, "5 49"]:
    weights = np.zeros((5, len(IBUG_49)), np.float32)
    weights[0, LEFT_EYE] = weights[1, RIGHT_EYE] = 1.0
    weights[[2, 3, 4], [nose, *MOUTH_CORNERS]] = 1.0
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


CHIP: Final = Template("chip", (_FACE_BOX + PADDING) / (1 + 2 * PADDING), _weights(NOSE_BASE))
"""dlib's: of resnet29 and alexnet."""
ARCFACE: Final = Template("arcface", (_ARCFACE_112_PX + 0.5) / 112, _weights(NOSE_TIP))
"""Of most networks since 2018, whatever their side."""
TEMPLATES: Final = {template.name: template for template in (CHIP, ARCFACE)}
