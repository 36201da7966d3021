"""A square cut out of a picture, turned and scaled.

In an affine map a pixel's centre has whole coordinates. Where `shrink` pixels are averaged into one, its centre lies between theirs:

    picture       | 8 | 9 |10 |11 |12 |13 |14 |15 |      part cut from 8 on, shrink 4
    shrunk part   |       0       |       1       |      pixel 0 has its centre at 9.5 = 8 + (shrink - 1) / 2
"""

from typing import Final

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from numpy import ndarray

from avemo_core.media.picture import Picture

_RIM_PX: Final = 2
"""What interpolation reads beyond the square's edge, in pixels of the shrunk part."""


def square(
    picture: Picture | UInt8[ndarray, "row column bgr"], to_picture: Float[ndarray, "2 3"], side_px: int
) -> UInt8[ndarray, "side side bgr"]:
    """A side x side copy of a square of the picture; black beyond the picture's edge.

    Only the part of the picture around the square is touched, and averaged first where the copy is much smaller.

    Args:
        picture: a decoded picture, or one in BGR.
        to_picture: the affine map from the copy's pixels to the picture's.
        side_px: of the copy.
    """
    return cv2.cvtColor(_warped(picture, to_picture, side_px), cv2.COLOR_BGRA2BGR)


def square_rgb(
    picture: Picture | UInt8[ndarray, "row column bgr"], to_picture: Float[ndarray, "2 3"], side_px: int
) -> UInt8[ndarray, "side side rgb"]:
    """The same in RGB, as networks take it."""
    return cv2.cvtColor(_warped(picture, to_picture, side_px), cv2.COLOR_BGRA2RGB)


def _warped(
    picture: Picture | UInt8[ndarray, "row column bgr"], to_picture: Float[ndarray, "2 3"], side_px: int
) -> UInt8[ndarray, "side side bgra"]:
    size = (picture.width, picture.height) if isinstance(picture, Picture) else (picture.shape[1], picture.shape[0])
    shrink = _shrink(float(np.hypot(to_picture[0, 0], to_picture[1, 0])))
    box = _box(to_picture, side_px, size, shrink)
    if box is None:
        return np.zeros((side_px, side_px, 4), np.uint8)
    # From the picture's pixel x to the shrunk part's: (x - left - (shrink - 1) / 2) / shrink.
    to_part = (to_picture - [[0, 0, box[0]], [0, 0, box[1]]]) / shrink
    to_part[:, 2] += (1 / shrink - 1) / 2
    # OpenCV warps four channels in about seven tenths of the time of three, to the same values.
    return cv2.warpAffine(_part(picture, box, shrink), to_part, (side_px, side_px), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _shrink(step_px: float) -> int:
    """The largest power of two within the step from one of the copy's pixels to the next: halving is what OpenCV does fastest."""
    return 1 << max(0, int(step_px).bit_length() - 1)


def _box(to_picture: Float[ndarray, "2 3"], side_px: int, size: tuple[int, int], shrink: int) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of the square in the picture, with sides that can be shrunk; None when it lies outside."""
    step, rim = 2 * shrink, _RIM_PX * shrink
    # Along each axis the corners are the map of (0, 0) plus none, one or both of what a side adds; numbers alone, as numpy takes ten times
    # as long over four of them.
    low, high = [], []
    for across, down, first in to_picture.tolist():
        corners = first, first + side_px * across, first + side_px * down, first + side_px * (across + down)
        low.append(min(corners) - rim)
        high.append(max(corners) + rim)
    # Begun at multiples of it, pixels are averaged in the same groups wherever the face moves, as on a device.
    left, top = (max(0, int(edge)) // step * step for edge in low)
    width, height = (
        min(limit - start, int(edge) - start + step) // step * step for edge, limit, start in zip(high, size, (left, top), strict=True)
    )
    return (left, top, left + width, top + height) if width > 0 and height > 0 else None


def _part(
    picture: Picture | UInt8[ndarray, "row column bgr"], box: tuple[int, int, int, int], shrink: int
) -> UInt8[ndarray, "part_row part_column bgra"]:
    if isinstance(picture, Picture):
        return picture.part(box, shrink)
    left, top, right, bottom = box
    part = picture[top:bottom, left:right]
    if shrink > 1:
        part = cv2.resize(part, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(part, cv2.COLOR_BGR2BGRA)
