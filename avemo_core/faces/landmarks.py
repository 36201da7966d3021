"""The 49 landmarks of the face shape, picked from FaceMesh's 468 points; and by which of its networks they are found."""

from typing import Final, Literal

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

LandmarkScheme = Literal["facemesh-ibug49", "facemesh-0.10.21-ibug49"]
"""By FaceMesh's older network, and by that of MediaPipe 0.10.21; the same 49 of their points (docs/decisions/landmarks.md).

Landmarks of different sources never mix: this name goes into the feature set.
"""
FIRST_SCHEME: Final[LandmarkScheme] = "facemesh-ibug49"
"""Of features and bundles that say none."""
SCHEME: Final[LandmarkScheme] = FIRST_SCHEME
"""Of what is begun now, unless it asks for another one."""
STEADIER_SCHEME: Final[LandmarkScheme] = "facemesh-0.10.21-ibug49"
"""Its points tremble less; emotions are not told better by them."""

_BROWS: Final = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
_NOSE: Final = (168, 197, 5, 4, 75, 97, 2, 326, 305)
_EYES: Final = (33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380)
_OUTER_LIPS: Final = (61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181)
_INNER_LIPS: Final = (82, 13, 312, 317, 14, 87)
IBUG_49: Final = (*_BROWS, *_NOSE, *_EYES, *_OUTER_LIPS, *_INNER_LIPS)
"""Mesh points nearest to landmarks 17..67 of the iBUG scheme, without the inner corners of the mouth (60 and 64)."""
_PLACES: Final = np.array(IBUG_49)

LEFT_EYE: Final = slice(19, 25)
"""Indices among the 49; left and right are those of the picture."""
RIGHT_EYE: Final = slice(25, 31)
NOSE_TIP: Final = 13
NOSE_BASE: Final = 16
MOUTH_CORNERS: Final = (31, 37)


def of(points: Float32[ndarray, "468 2"]) -> Float32[ndarray, "49 2"]:
    """The landmarks of one mesh, in the paper's order: brows, nose, eyes, lips.

    Source: Chao et al. 2016, section 3.1.
    """
    return points.take(_PLACES, axis=0)
