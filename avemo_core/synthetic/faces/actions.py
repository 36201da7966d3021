"""What a face can do: each action moves the mesh points along a fixed field, as much as it is asked to.

All lengths are in units of the outer-eye distance; x to the right of the picture, y down. Amounts add up.
"""

from typing import Final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from avemo_core.synthetic.faces.layout import CORNERS, LIP_RINGS, LOWER_LIP, MESH_POINTS, UPPER_LIP

ACTIONS: Final = (
    "brow_inner_up",
    "brow_outer_up",
    "brows_together",
    "lid_up",
    "blink",
    "nose_up",
    "nostrils_wide",
    "cheek_up",
    "upper_lip_up",
    "corner_up",
    "corner_out",
    "mouth_wide",
    "lips_thin",
    "lips_closed",
    "lower_lip_down",
    "chin_up",
    "jaw_down",
)
"""Order of amounts. Those of `blink`, `lips_thin` and `lips_closed` are shares of the way; the others are lengths."""

UPPER_LIDS: Final = ((246, 161, 160, 159, 158, 157, 173), (466, 388, 387, 386, 385, 384, 398))
LOWER_LIDS: Final = ((7, 163, 144, 145, 153, 154, 155), (249, 390, 373, 374, 380, 381, 382))
"""Right and left eye, from the outer corner inwards; upper and lower lids face each other."""
UPPER_FOLDS: Final = ((247, 30, 29, 27, 28, 56, 190), (467, 260, 259, 257, 258, 286, 414))
"""The row of points above each upper lid."""

_UP: Final = np.array([0.0, -1.0])
_DOWN: Final = -_UP
_RIGHT: Final = np.array([1.0, 0.0])


def fields(face: Float[ndarray, "468 2"]) -> Float[ndarray, "action 468 2"]:
    """How far one unit of each action moves each mesh point of this face."""
    made = {
        "brow_inner_up": _brows(face, (107, 336), 0.15) * _UP,
        "brow_outer_up": _brows(face, (63, 293), 0.16) * _UP,
        "brows_together": _brows_together(face),
        "lid_up": _lid_up(),
        "blink": _blink(face),
        "nose_up": _bumps(face, (129, 358, 4), 0.12) * _UP,
        "nostrils_wide": (_bumps(face, (358,), 0.09) - _bumps(face, (129,), 0.09)) * _RIGHT,
        "cheek_up": _bumps(face, (50, 280), 0.2) * _UP,
        "upper_lip_up": (_upper_lip(face) + _bumps(face, (164,), 0.13) * _above_mouth(face)).clip(0, 1) * _UP,
        "corner_up": _bumps(face, (61, 291), 0.17) * _UP,
        "corner_out": (_bumps(face, (291,), 0.17) - _bumps(face, (61,), 0.17)) * _RIGHT,
        "mouth_wide": _mouth_wide(face),
        "lips_thin": _lips_thin(face),
        "lips_closed": _lips_closed(face),
        "lower_lip_down": (_lower_lip(face) + _bumps(face, (200,), 0.13) * _below_mouth(face)).clip(0, 1) * _DOWN,
        "chin_up": _bumps(face, (152, 199), 0.16) * _UP,
        "jaw_down": _jaw(face) * _DOWN + 0.06 * _upper_lip(face) * _UP,
    }
    return np.stack([made[action] for action in ACTIONS])


def _bumps(face: Float[ndarray, "468 2"], around: tuple[int, ...], width: float) -> Float[ndarray, "468 1"]:
    """1 at the given points, falling off around them as a Gaussian of that standard deviation."""
    away = np.stack([((face - face[point]) ** 2).sum(axis=1) for point in around])
    return np.asarray(np.exp(-away.min(axis=0) / (2 * width**2))[:, None])


def _rising(value: Float[ndarray, "..."], start: float, stop: float) -> Float[ndarray, "..."]:
    """0 up to start, 1 from stop, smooth between; start may lie above stop."""
    share = ((value - start) / (stop - start)).clip(0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _brows(face: Float[ndarray, "468 2"], around: tuple[int, int], width: float) -> Float[ndarray, "468 1"]:
    """A bump on the brows that leaves the lids alone."""
    return np.asarray(_bumps(face, around, width) * _rising(face[:, 1:], -0.07, -0.15))


def _brows_together(face: Float[ndarray, "468 2"]) -> Float[ndarray, "468 2"]:
    above_lids = _rising(face[:, 1:], -0.07, -0.15)
    return np.asarray((_bumps(face, (107,), 0.15) - _bumps(face, (336,), 0.15)) * above_lids * _RIGHT)


def _lid_up() -> Float[ndarray, "468 2"]:
    """Upper lids up, the folds above them half as far, lower lids a little down."""
    field = np.zeros((MESH_POINTS, 2))
    for upper, lower, fold in zip(UPPER_LIDS, LOWER_LIDS, UPPER_FOLDS, strict=True):
        arch = np.sin(np.linspace(0.3, np.pi - 0.3, len(upper)))[:, None]
        field[list(upper)] = arch * _UP
        field[list(fold)] = 0.5 * arch * _UP
        field[list(lower)] = 0.25 * arch * _DOWN
    return field


def _blink(face: Float[ndarray, "468 2"]) -> Float[ndarray, "468 2"]:
    """Upper lids onto the lower ones."""
    field = np.zeros((MESH_POINTS, 2))
    for upper, lower, fold in zip(UPPER_LIDS, LOWER_LIDS, UPPER_FOLDS, strict=True):
        gap = face[list(lower)] - face[list(upper)]
        field[list(upper)] = 0.92 * gap
        field[list(lower)] = -0.05 * gap
        field[list(fold)] = 0.55 * gap
    return field


def _mouth_line(face: Float[ndarray, "468 2"]) -> tuple[Float[ndarray, "2"], float]:
    """The middle between the mouth's corners, and half its width."""
    right, left = face[LIP_RINGS[0][CORNERS[0]]], face[LIP_RINGS[0][CORNERS[1]]]
    return (right + left) / 2, float(left[0] - right[0]) / 2


def _arch(face: Float[ndarray, "468 2"]) -> Float[ndarray, "468 1"]:
    """1 in the middle of the mouth, 0 from its corners on."""
    middle, half = _mouth_line(face)
    return np.asarray(np.sqrt((1 - ((face[:, :1] - middle[0]) / half) ** 2).clip(0, 1)))


def _lip(face: Float[ndarray, "468 2"], side: slice) -> Float[ndarray, "468 1"]:
    field = np.zeros((MESH_POINTS, 1))
    points = [point for ring in LIP_RINGS for point in ring[side]]
    field[points] = _arch(face)[points]
    return field


def _upper_lip(face: Float[ndarray, "468 2"]) -> Float[ndarray, "468 1"]:
    return _lip(face, UPPER_LIP)


def _lower_lip(face: Float[ndarray, "468 2"]) -> Float[ndarray, "468 1"]:
    return _lip(face, LOWER_LIP)


def _skin() -> Float[ndarray, "468 1"]:
    """1 everywhere but on the lips."""
    skin = np.ones((MESH_POINTS, 1))
    skin[[point for ring in LIP_RINGS for point in ring]] = 0
    return skin


def _above_mouth(face: Float[ndarray, "468 2"]) -> Float[ndarray, "468 1"]:
    middle, _ = _mouth_line(face)
    return np.asarray(_skin() * _rising(face[:, 1:], float(middle[1]), float(middle[1]) - 0.1))


def _below_mouth(face: Float[ndarray, "468 2"]) -> Float[ndarray, "468 1"]:
    middle, _ = _mouth_line(face)
    return np.asarray(_skin() * _rising(face[:, 1:], float(middle[1]), float(middle[1]) + 0.14))


def _mouth_wide(face: Float[ndarray, "468 2"]) -> Float[ndarray, "468 2"]:
    """The mouth stretched sideways, 1 at the corners."""
    middle, half = _mouth_line(face)
    away = (face - middle) / half
    inside = away[:, :1].clip(-1, 1)
    fading = np.exp(-((np.abs(away[:, :1]) - 1).clip(0) ** 2) / 0.5 - away[:, 1:] ** 2 / 0.9)
    return np.asarray(inside * fading * _RIGHT)


def _lips_thin(face: Float[ndarray, "468 2"]) -> Float[ndarray, "468 2"]:
    """Every lip point towards the opening's edge."""
    field = np.zeros((MESH_POINTS, 2))
    edge = list(LIP_RINGS[-1])
    for ring in LIP_RINGS[:-1]:
        field[list(ring)] = face[edge] - face[list(ring)]
    return field


def _lips_closed(face: Float[ndarray, "468 2"]) -> Float[ndarray, "468 2"]:
    """The lips' edges onto one another: the lower lip, with the chin, goes two thirds of the way."""
    field = np.zeros((MESH_POINTS, 2))
    edge = np.array(LIP_RINGS[-1])
    gap = face[edge[UPPER_LIP][::-1]] - face[edge[LOWER_LIP]]
    for ring in LIP_RINGS:
        field[list(ring[LOWER_LIP])] = gap * 2 / 3
        field[list(ring[UPPER_LIP])] = -gap[::-1] / 3
    follow = _jaw(face) * _skin()
    return np.asarray(field + follow * gap[len(gap) // 2] * 2 / 3)


def _jaw(face: Float[ndarray, "468 2"]) -> Float[ndarray, "468 1"]:
    """1 on the lower lip's middle and the chin, fading to the cheeks and to the mouth's line; the corners follow a little."""
    middle, half = _mouth_line(face)
    sides = np.exp(-((np.abs(face[:, :1] - middle[0]) / (2.2 * half)) ** 2))
    corners = 0.25 * _bumps(face, (61, 291), 0.12)
    return np.asarray(np.maximum(np.maximum(_lower_lip(face), _below_mouth(face) * sides), corners * _rising(face[:, 1:], 0.3, 0.6)))
