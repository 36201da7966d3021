"""A decoded picture, held as its luma and chroma planes; only the parts that are asked for become BGR.

4:2:0: one pair of chroma values for each square of four pixels. So every side and every box is even.

    y   a b c d        u   p q        v   r s        a b e f have the colour p r, c d g h have q s
        e f g h
"""

from functools import lru_cache
from typing import Final

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from jaxtyping import Float, UInt8
from numpy import ndarray

Planes = tuple[UInt8[ndarray, "_row _column"], UInt8[ndarray, "_row _column"], UInt8[ndarray, "_row _column"]]
"""Y, U, V: luma, blue difference, red difference; the last two half as wide and high."""

_WEIGHTS: Final = {1: (0.2126, 0.0722), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
"""Weights of red and blue in the luma, by FFmpeg's number of the matrix: BT.709, SMPTE 240M, BT.2020."""
_SD_WEIGHTS: Final = (0.299, 0.114)
"""BT.601: what OpenCV assumes, and what holds for every matrix not named above."""
_QUARTER_TURNS: Final = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
COARSE_WIDTH_PX: Final = 64


class Picture:
    """A picture in YUV 4:2:0, 8 bit, limited range, with even sides: what OpenCV turns into BGR fastest.

    Args:
        y: luma.
        u: blue difference, half as wide and high.
        v: red difference, half as wide and high.
        correction: turns BGR that was read as BT.601 into what the picture's own matrix gives; None: it is BT.601.
    """

    def __init__(
        self,
        y: UInt8[ndarray, "row column"],
        u: UInt8[ndarray, "half_row half_column"],
        v: UInt8[ndarray, "half_row half_column"],
        correction: Float[ndarray, "3 3"] | None = None,
    ) -> None:
        self.height, self.width = (side & ~1 for side in y.shape)
        half = np.s_[: self.height // 2, : self.width // 2]
        self._y = y[: self.height, : self.width]
        self._u, self._v = u[half], v[half]
        self._correction = correction
        self._known_box = (0, 0, 0, 0)
        self._known: UInt8[ndarray, "known_row known_column bgr"] = np.zeros((0, 0, 3), np.uint8)
        """The part of the picture that was turned into BGR last, and where it lies."""

    def bgr(self) -> UInt8[ndarray, "row column bgr"]:
        """The whole picture."""
        return self.part((0, 0, self.width, self.height))

    def part(self, box: tuple[int, int, int, int], shrink: int = 1) -> UInt8[ndarray, "part_row part_column bgr"]:
        """A part of the picture, which may be a view of one that was asked for before.

        Args:
            box: left, top, right, bottom, all even, inside the picture.
            shrink: so many pixels a side become one, their mean; a power of two that divides half the box's sides.
        """
        left, top, right, bottom = box
        if shrink > 1:
            return self._bgr(_halved(self._planes_of(box), shrink))
        known_left, known_top, known_right, known_bottom = self._known_box
        if not (known_left <= left and known_top <= top and right <= known_right and bottom <= known_bottom):
            self._known_box, self._known = box, self._bgr(self._planes_of(box))
            known_left, known_top = left, top
        return self._known[top - known_top : bottom - known_top, left - known_left : right - known_left]

    def _bgr(self, planes: Planes) -> UInt8[ndarray, "_row _column bgr"]:
        y, u, v = planes
        bgr = cv2.cvtColorTwoPlane(y, cv2.merge([u, v]), cv2.COLOR_YUV2BGR_NV12)
        return bgr if self._correction is None else cv2.transform(bgr, self._correction)

    def _planes_of(self, box: tuple[int, int, int, int]) -> Planes:
        left, top, right, bottom = box
        half = np.s_[top // 2 : bottom // 2, left // 2 : right // 2]
        return self._y[top:bottom, left:right], self._u[half], self._v[half]

    def coarse_brightness(self) -> UInt8[ndarray, "row column"]:
        """The luma of every so many pixels, about 64 a row; a view, not a copy."""
        step = max(1, self.width // COARSE_WIDTH_PX)
        return self._y[::step, ::step]

    def small(self, width: int) -> UInt8[ndarray, "row column bgr"]:
        """A copy of this even width in BGR, or the picture itself when it is no wider."""
        if width >= self.width:
            return self.bgr()
        height = max(2, round(self.height * width / self.width) & ~1)
        return self._bgr(_resized((self._y, self._u, self._v), width, height))


def of(frame: av.VideoFrame, *, pixel_aspect: float = 1.0, max_side_px: int | None = None) -> Picture:
    """The picture as a viewer shows it: turned by the file's rotation flag, with square pixels.

    Args:
        frame: any pixel format.
        pixel_aspect: width over height of one pixel.
        max_side_px: larger pictures are shrunk to this longer side.
    """
    planes = _planes(frame)
    turn = _QUARTER_TURNS.get(round(frame.rotation / 90) * 90 % 360)
    if turn is not None:
        planes = _turned(planes, turn)
    upright_aspect = 1 / pixel_aspect if turn is not None and turn != cv2.ROTATE_180 else pixel_aspect
    return Picture(*_fitted(planes, upright_aspect, max_side_px), _correction(int(frame.colorspace)))


@lru_cache
def _correction(space: int) -> Float[ndarray, "3 3"] | None:
    # Back from OpenCV's BGR to Y, U, V by BT.601, and from there to BGR by the picture's own matrix: one matrix on BGR does both.
    return None if space not in _WEIGHTS else _to_bgr(*_WEIGHTS[space]) @ np.linalg.inv(_to_bgr(*_SD_WEIGHTS))


def _to_bgr(red: float, blue: float) -> Float[ndarray, "3 3"]:
    """From luma, blue and red difference to blue, green, red, by the weights of red and blue in the luma.

    It inverts y = red R + green G + blue B, u = (B - y) / (2 (1 - blue)), v = (R - y) / (2 (1 - red)); where u = v = 0, grey stays grey.
    """
    green = 1 - red - blue
    u, v = 2 * (1 - blue), 2 * (1 - red)
    return np.array([[1, u, 0], [1, -u * blue / green, -v * red / green], [1, 0, v]])


def _planes(frame: av.VideoFrame) -> Planes:
    if frame.format.name != "yuv420p" or frame.color_range == ColorRange.JPEG:
        space = frame.colorspace if int(frame.colorspace) in _WEIGHTS else Colorspace.ITU601
        frame = frame.reformat(format="yuv420p", dst_colorspace=space, dst_color_range=ColorRange.MPEG)
    y, u, v = (
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width] for plane in frame.planes
    )
    return y, u, v


def _fitted(planes: Planes, pixel_aspect: float, max_side_px: int | None) -> Planes:
    height, width = planes[0].shape
    wide = width * pixel_aspect
    shrink = 1.0 if max_side_px is None else min(1.0, max_side_px / max(wide, height))
    size = max(2, round(wide * shrink) & ~1), max(2, round(height * shrink) & ~1)
    return planes if pixel_aspect == 1.0 and shrink == 1.0 else _resized(planes, *size)


def _resized(planes: Planes, width: int, height: int) -> Planes:
    y, u, v = planes
    how = cv2.INTER_AREA if width <= y.shape[1] else cv2.INTER_LINEAR
    half = (width // 2, height // 2)
    return cv2.resize(y, (width, height), interpolation=how), cv2.resize(u, half, interpolation=how), cv2.resize(v, half, interpolation=how)


def _halved(planes: Planes, shrink: int) -> Planes:
    """Each side halved as often as it takes to make it `shrink` times as short."""
    while shrink > 1:
        height, width = planes[0].shape
        planes, shrink = _resized(planes, width // 2, height // 2), shrink // 2
    return planes


def _turned(planes: Planes, turn: int) -> Planes:
    y, u, v = (cv2.rotate(plane, turn) for plane in planes)
    return y, u, v
