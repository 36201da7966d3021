"""A face chip: the face upright, at one size and place, as the identity network was trained on it.

A chip is dlib's face box with a margin. A pixel's centre has whole coordinates, so the chip's edges lie at -0.5 and side - 0.5:

    in units of the face box    -0.25   0               1   1.25        u
                                  |-----|---------------|-----|
    in pixels of the chip       -0.5                        side - 0.5      (u + 0.25) / 1.5 * side - 0.5
"""

from typing import Final

import cv2
import numpy as np
from jaxtyping import Complex128, Float, Float32, UInt8
from numpy import ndarray

from avemo_core.faces import cutout
from avemo_core.faces.landmarks import IBUG_49, LEFT_EYE, MOUTH_CORNERS, NOSE_BASE, RIGHT_EYE
from avemo_core.media.picture import Picture

SIDE_PX: Final = 150
PADDING: Final = 0.25
"""Margin on each side, in units of the face box's side."""
TEMPLATE: Final = np.array([[0.226, 0.216], [0.755, 0.216], [0.490, 0.628], [0.254, 0.780], [0.726, 0.780]])
"""Where dlib's chips have the eyes' centres, the base of the nose and the mouth's corners: x and y in units of the face box."""


def of(
    picture: Picture | UInt8[ndarray, "row column bgr"], landmarks: Float32[ndarray, "49 2"], side_px: int = SIDE_PX
) -> UInt8[ndarray, "side side rgb"]:
    """The chip of the face with these landmarks, in RGB; black beyond the picture's edge."""
    template = (TEMPLATE + PADDING) / (1 + 2 * PADDING) * side_px - 0.5
    return cv2.cvtColor(cutout.square(picture, similarity(template, anchors(landmarks)), side_px), cv2.COLOR_BGR2RGB)


def anchors(landmarks: Float32[ndarray, "49 2"]) -> Float32[ndarray, "5 2"]:
    """The five points that the chip is aligned by, in the order of `TEMPLATE`."""
    return np.asarray(_ANCHOR_WEIGHTS @ landmarks)


def _anchor_weights() -> Float32[ndarray, "5 49"]:
    """How much of each landmark goes into each anchor."""
    weights = np.zeros((5, len(IBUG_49)), np.float32)
    weights[0, LEFT_EYE] = weights[1, RIGHT_EYE] = 1.0
    weights[[2, 3, 4], [NOSE_BASE, *MOUTH_CORNERS]] = 1.0
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


_ANCHOR_WEIGHTS: Final = _anchor_weights()


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
