"""Faces drawn into a picture: box, track number, 49 points."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from avemo_core.faces.frame_faces import Face

TRACK_COLOURS: Final = ("#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#0072b2")
"""Okabe and Ito's, those first that stand out from skin and from dark pictures; the eighth track has the first one's again."""
LINE_SHARE: Final = 220
"""A picture's shorter side over the width of a box's lines."""
POINT_SHARE: Final = 320
"""The same over the radius of a point: 49 of them must not hide a face."""
_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_FONT_PX: Final = 22.0
"""Height of the font's digits at scale 1."""
RIM_PX: Final = 0.6
"""Around a point, so that it shows on skin of its own colour."""
_DARK: Final = (24, 24, 24)
_SHIFT: Final = 4
"""Bits behind the point of a coordinate that OpenCV is given: points lie between pixels."""


def colour_of(track: int) -> str:
    """The track's colour, #rrggbb."""
    return TRACK_COLOURS[track % len(TRACK_COLOURS)]


def draw_faces(bgr: UInt8[ndarray, "row column bgr"], faces: Sequence[Face], scale: tuple[float, float]) -> None:
    """Draw the faces into the picture.

    Args:
        bgr: the picture, which is changed.
        faces: in pixels of the picture as it was decoded.
        scale: pixels of `bgr` for one of those, across and down.
    """
    side_px = min(bgr.shape[:2])
    for face in faces:
        colour = _bgr_of(colour_of(face.track))
        # A pixel's centre has whole coordinates, so the picture's corner is at -0.5, whatever its scale.
        _draw_points(bgr, (face.landmarks + 0.5) * np.array(scale) - 0.5, colour, side_px / POINT_SHARE)
        _draw_box(bgr, (face.box + 0.5) * np.array(scale * 2) - 0.5, str(face.track), colour, max(1, round(side_px / LINE_SHARE)))


def _draw_points(bgr: UInt8[ndarray, "row column bgr"], points: ndarray, colour: tuple[int, int, int], radius_px: float) -> None:
    for x, y in np.round(points * 2**_SHIFT).astype(int).tolist():
        cv2.circle(bgr, (x, y), round((radius_px + RIM_PX) * 2**_SHIFT), _DARK, -1, cv2.LINE_AA, _SHIFT)
        cv2.circle(bgr, (x, y), round(radius_px * 2**_SHIFT), colour, -1, cv2.LINE_AA, _SHIFT)


def _draw_box(bgr: UInt8[ndarray, "row column bgr"], box: ndarray, number: str, colour: tuple[int, int, int], line_px: int) -> None:
    height, width = bgr.shape[:2]
    left, top, right, bottom = np.round(np.clip(box, 0, [width - 1, height - 1] * 2)).astype(int).tolist()
    cv2.rectangle(bgr, (left, top), (right, bottom), colour, line_px)
    font_scale, pad_px = 13 * line_px / _FONT_PX, 3 * line_px
    (text_width, text_height), _ = cv2.getTextSize(number, _FONT, font_scale, line_px)
    # The number stands on the box, or in it where the box begins at the picture's edge.
    tag_top = top - text_height - 2 * pad_px if top >= text_height + 2 * pad_px else top
    tag_left = max(0, min(left, width - text_width - 2 * pad_px))
    corner = (tag_left + text_width + 2 * pad_px, tag_top + text_height + 2 * pad_px)
    cv2.rectangle(bgr, (tag_left, tag_top), corner, colour, -1)
    cv2.putText(bgr, number, (tag_left + pad_px, tag_top + pad_px + text_height), _FONT, font_scale, _DARK, line_px, cv2.LINE_AA)


def _bgr_of(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return blue, green, red
