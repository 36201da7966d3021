"""A square cut out of a picture, turned and scaled."""

from typing import Final

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from numpy import ndarray

from avemo_core.media.picture import Picture

_RIM_PX: Final = 2
"""What interpolation looks at beyond the square's edge."""


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
    height, width = (picture.height, picture.width) if isinstance(picture, Picture) else picture.shape[:2]
    corners = np.array([[0, 0, 1], [side_px, 0, 1], [0, side_px, 1], [side_px, side_px, 1]]) @ to_picture.T
    left, top = (max(0, int(edge) - _RIM_PX) & ~1 for edge in corners.min(axis=0))
    right, bottom = (min(limit, (int(edge) + _RIM_PX + 2) & ~1) for edge, limit in zip(corners.max(axis=0), (width, height), strict=True))
    if right - left < 2 or bottom - top < 2:
        return np.zeros((side_px, side_px, 3), np.uint8)
    part = picture.bgr(left, top, right, bottom) if isinstance(picture, Picture) else picture[top:bottom, left:right]
    return _warped(part, to_picture - [[0, 0, left], [0, 0, top]], side_px)


def _warped(part: UInt8[ndarray, "row column bgr"], to_part: Float[ndarray, "2 3"], side_px: int) -> UInt8[ndarray, "side side bgr"]:
    shrink = int(np.hypot(to_part[0, 0], to_part[1, 0]))
    if shrink > 1:
        height, width = part.shape[0] // shrink, part.shape[1] // shrink
        part = cv2.resize(part[: height * shrink, : width * shrink], (width, height), interpolation=cv2.INTER_AREA)
        to_part = to_part / shrink
        to_part[:, 2] += (1 / shrink - 1) / 2
    return cv2.warpAffine(part, to_part, (side_px, side_px), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
