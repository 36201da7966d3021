"""A face chip: the face upright, at one size and place, as the identity network was trained on it.

A chip is dlib's face box with a margin. A pixel's centre has whole coordinates, so the chip's edges lie at -0.5 and side - 0.5:

    in units of the face box    -0.25   0               1   1.25        u
                                  |-----|---------------|-----|
    in pixels of the chip       -0.5                        side - 0.5      (u + 0.25) / 1.5 * side - 0.5
"""

from typing import Final

import numpy as np
from jaxtyping import Complex128, Float, Float32, UInt8
from numpy import ndarray

from avemo_core.faces import cutout
from avemo_core.faces.template import CHIP, Template
from avemo_core.media.picture import Picture

SIDE_PX: Final = 150


def of(
    picture: Picture | UInt8[ndarray, "row column bgr"],
    landmarks: Float32[ndarray, "49 2"],
    side_px: int = SIDE_PX,
    template: Template = CHIP,
) -> UInt8[ndarray, "side side rgb"]:
    """The chip of the face with these landmarks, in RGB; black beyond the picture's edge."""
    to_picture = similarity(template.in_px(side_px), template.anchors(landmarks))
    return cutout.square_rgb(picture, to_picture, side_px)


def similarity(source: Float[ndarray, "point 2"], target: Float[ndarray, "point 2"]) -> Float[ndarray, "2 3"]:
    """The rotation, scale and shift that bring the source's points nearest to the target's, in least squares."""
    # With points as complex numbers x + iy, rotation and scale are one complex factor, and least squares are one division.
    a, b = _complex(source), _complex(target)
    a_mean, b_mean = a.mean(), b.mean()
    factor = np.vdot(a - a_mean, b - b_mean) / np.vdot(a - a_mean, a - a_mean)
    shift = b_mean - factor * a_mean
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def _complex(points: Float[ndarray, "point 2"]) -> Complex128[ndarray, " point"]:
    return np.ascontiguousarray(points, np.float64).view(np.complex128)[:, 0]
