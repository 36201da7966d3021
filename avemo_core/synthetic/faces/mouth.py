"""The open mouth: what shows between the lips, which no portrait has."""

import cv2
import numpy as np
from jaxtyping import Float, Float32, Int
from numpy import ndarray

from avemo_core.synthetic.faces.layout import CORNERS, LIP_RINGS, LOWER_LIP, UPPER_LIP

DARK_BGR = np.array([30, 26, 56], np.float32)
TEETH_BGR = np.array([146, 160, 186], np.float32)
TEETH = 0.055
"""Height of the teeth's band below the upper lip, in units of the outer-eye distance."""
EDGE = list(LIP_RINGS[-1])


def paint(
    picture: Float32[ndarray, "row column bgr"],
    points: Float[ndarray, "468 2"],
    face: Float[ndarray, "468 2"],
    to_face: Float[ndarray, "2 3"],
    brightness: float,
) -> None:
    """Paint the opening between the lips into the picture, in place.

    Args:
        picture: to be painted on.
        points: mesh points in the picture's pixels.
        face: the same points in face units, in which the teeth hang down.
        to_face: the affine map from pixels to face units.
        brightness: factor on the colours.
    """
    low = np.floor(points[EDGE].min(axis=0)).astype(int) - 1
    high = np.ceil(points[EDGE].max(axis=0)).astype(int) + 2
    low, high = np.maximum(low, 0), np.minimum(high, picture.shape[1::-1])
    if (high <= low).any():
        return
    patch = picture[low[1] : high[1], low[0] : high[0]]
    share = _opening(points - low, patch.shape[:2])
    colours = _inside(face, to_face, low, patch.shape[:2]) * np.float32(brightness)
    patch += share[..., None] * (colours - patch)


def _opening(points: Float[ndarray, "468 2"], shape: tuple[int, ...]) -> Float32[ndarray, "row column"]:
    """How much of each pixel lies between the lips; nothing where the lips cross."""
    lower, upper = points[EDGE][LOWER_LIP], points[EDGE][UPPER_LIP][::-1]
    across = points[EDGE[CORNERS[1]]] - points[EDGE[CORNERS[0]]]
    gap = across[0] * (lower - upper)[:, 1] - across[1] * (lower - upper)[:, 0]
    # Where the lower lip lies above the upper one both go to the line between them.
    shut = (gap <= 0)[:, None]
    between = (lower + upper) / 2
    lower, upper = np.where(shut, between, lower), np.where(shut, between, upper)
    outline = np.concatenate([points[EDGE[:1]], lower, points[EDGE[10:11]], upper[::-1]])
    scale = 4
    drawn = np.zeros((shape[0] * scale, shape[1] * scale), np.uint8)
    cv2.fillPoly(drawn, [np.round((outline + 0.5) * scale - 0.5).astype(np.int32)], 255)
    return cv2.resize(drawn, shape[1::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _inside(
    face: Float[ndarray, "468 2"], to_face: Float[ndarray, "2 3"], corner: Int[ndarray, "2"], shape: tuple[int, ...]
) -> Float32[ndarray, "row column bgr"]:
    """Teeth below the upper lip, darkness below them; for a patch of the picture whose first pixel is `corner`."""
    x, y = corner[0] + np.arange(shape[1]), corner[1] + np.arange(shape[0])[:, None]
    across = to_face[0, 0] * x + to_face[0, 1] * y + to_face[0, 2]
    down = to_face[1, 0] * x + to_face[1, 1] * y + to_face[1, 2]
    below_lip = down - _lip_line(face, UPPER_LIP, across)
    gap = _lip_line(face, LOWER_LIP, across) - _lip_line(face, UPPER_LIP, across)
    # A slit shows shadow only; the band's lower edge and its upper one, in the lip's shadow, are soft.
    teeth = _rising(gap, 0.02, 0.08) * _rising(below_lip, -0.2 * TEETH, 0.3 * TEETH) * _rising(below_lip, 1.3 * TEETH, 0.8 * TEETH)
    return np.asarray(DARK_BGR + teeth[..., None].astype(np.float32) * (TEETH_BGR - DARK_BGR))


def _lip_line(face: Float[ndarray, "468 2"], side: slice, across: Float[ndarray, "row column"]) -> Float[ndarray, "row column"]:
    """How far down a lip's edge lies at each place across."""
    line = face[[EDGE[CORNERS[0]], *EDGE[side], EDGE[CORNERS[1]]]]
    order = np.argsort(line[:, 0])
    return np.asarray(np.interp(across, line[order, 0], line[order, 1]))


def _rising(value: Float[ndarray, "row column"], start: float, stop: float) -> Float[ndarray, "row column"]:
    """0 at start, 1 at stop and beyond, straight between; start may lie above stop."""
    return ((value - start) / (stop - start)).clip(0, 1)
