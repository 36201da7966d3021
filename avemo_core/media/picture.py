"""A decoded picture, held as its luma and chroma planes; only the parts that are asked for become BGR.

4:2:0: one pair of chroma values for each square of four pixels. So every side and every box is even.

    y   a b c d        u   p q        v   r s        a b e f have the colour p r, c d g h have q s
        e f g h
"""

from collections.abc import Callable
from typing import Final

import av
import cv2
import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from avemo_core.media.display import deinterlace
from avemo_core.media.display.colour import PlaneReader, Planes, Recoding
from avemo_core.media.display.orientation import OrientationTracker

COARSE_WIDTH_PX: Final = 64

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; the last two are the first beyond it."""


class Picture:
    """A picture in YUV 4:2:0, 8 bit, with even sides: what OpenCV turns into BGR fastest.

    Args:
        y: luma.
        u: blue difference, half as wide and high.
        v: red difference, half as wide and high.
        recoding: makes its planes BT.601 in limited range, which is what OpenCV knows; None: they are.
    """

    def __init__(
        self,
        y: UInt8[ndarray, "row column"],
        u: UInt8[ndarray, "half_row half_column"],
        v: UInt8[ndarray, "half_row half_column"],
        recoding: Recoding | None = None,
    ) -> None:
        self.height, self.width = (side & ~1 for side in y.shape)
        half = np.s_[: self.height // 2, : self.width // 2]
        self._y = y[: self.height, : self.width]
        self._u, self._v = u[half], v[half]
        self._recoding = recoding
        self._known: dict[int, tuple[Box, UInt8[ndarray, "known_row known_column bgra"]]] = {}
        """By how much it is shrunk, the part of the picture that was turned into BGRA last, and where it lies."""

    def bgr(self) -> UInt8[ndarray, "row column bgr"]:
        """The whole picture."""
        return self._converted((self._y, self._u, self._v), cv2.COLOR_YUV2BGR_NV12)

    def planes(self) -> Planes:
        """Y, U and V of the whole picture, in BT.601 and limited range; views where they were so from the start."""
        planes = self._y, self._u, self._v
        return planes if self._recoding is None else self._recoding.planes(planes)

    def part(self, box: Box, shrink: int = 1) -> UInt8[ndarray, "part_row part_column bgra"]:
        """A part of the picture, which may be a view of one that was asked for before. OpenCV warps four channels fastest.

        Args:
            box: left, top, right, bottom, all even, inside the picture.
            shrink: so many pixels a side become one, their mean; a power of two that divides half the box's sides.
        """
        left, top, right, bottom = box
        known_box, known = self._known.get(shrink, (box, None))
        if known is None or not _holds(known_box, box, 2 * shrink):
            known_box, known = box, self._converted(_halved(self._planes_of(box), shrink), cv2.COLOR_YUV2BGRA_NV12)
            self._known[shrink] = known_box, known
        rows, columns = (
            slice((start - first) // shrink, (stop - first) // shrink)
            for start, stop, first in ((top, bottom, known_box[1]), (left, right, known_box[0]))
        )
        return known[rows, columns]

    def _converted(self, planes: Planes, code: int) -> UInt8[ndarray, "_row _column _channel"]:
        y, u, v = planes if self._recoding is None else self._recoding.planes(planes)
        return cv2.cvtColorTwoPlane(y, cv2.merge([u, v]), code)

    def _planes_of(self, box: Box) -> Planes:
        left, top, right, bottom = box
        half = np.s_[top // 2 : bottom // 2, left // 2 : right // 2]
        return self._y[top:bottom, left:right], self._u[half], self._v[half]

    def coarse_brightness(self) -> UInt8[ndarray, "row column"]:
        """The luma of every so many pixels, about 64 a row; where the range is limited a view, not a copy."""
        step = max(1, self.width // COARSE_WIDTH_PX)
        y = self._y[::step, ::step]
        return y if self._recoding is None else self._recoding.luma(y)

    def small(self, width: int) -> UInt8[ndarray, "row column bgr"]:
        """A copy of this even width in BGR, or the picture itself when it is no wider."""
        if width >= self.width:
            return self.bgr()
        height = max(2, round(self.height * width / self.width) & ~1)
        return self._converted(_resized((self._y, self._u, self._v), width, height), cv2.COLOR_YUV2BGR_NV12)


class PictureMaker:
    """Makes pictures, as a viewer shows them, of a stream's frames, which come to it in order: it keeps what holds from frame to frame.

    Args:
        pixel_aspect: width over height of one pixel of the coded picture, before it is turned.
        max_side_px: larger pictures are shrunk to this longer side.
    """

    def __init__(self, *, pixel_aspect: float = 1.0, max_side_px: int | None = None) -> None:
        self._pixel_aspect = pixel_aspect
        self._max_side_px = max_side_px
        self._reader = PlaneReader()
        self._orientation = OrientationTracker()
        self._field_order = deinterlace.FieldOrder()

    def see(self, frame: av.VideoFrame) -> None:
        """Take note of a frame of which no picture is wanted: it may carry the orientation of those that follow."""
        self._orientation.see(frame)

    def of(self, frame: av.VideoFrame) -> Picture:
        """The frame's picture: upright, with square pixels, without the comb of two fields.

        Args:
            frame: any pixel format.

        Raises:
            ValueError: a side has less than two pixels.
            av.FFmpegError: FFmpeg cannot convert the pixel format.
        """
        self.see(frame)
        planes, recoding = self._reader.planes(frame)
        if frame.interlaced_frame and deinterlace.is_combed(planes[0]):
            is_top_first = self._field_order.is_top_first(frame)
            planes = _each(planes, lambda plane: deinterlace.first_field(plane, is_top_first=is_top_first))
        # Shrunk before it is turned: the pixels' aspect is that of the stored axes.
        planes = _even(_fitted(planes, self._pixel_aspect, self._max_side_px))
        return Picture(*_each(planes, self._orientation.now.upright), recoding)


def of(frame: av.VideoFrame, *, pixel_aspect: float = 1.0, max_side_px: int | None = None) -> Picture:
    """The picture of a single frame; see `PictureMaker`."""
    return PictureMaker(pixel_aspect=pixel_aspect, max_side_px=max_side_px).of(frame)


def _holds(known: Box, box: Box, step: int) -> bool:
    """Whether a box lies within a known one, whole steps from its corner, so that the same pixels are averaged into one."""
    is_within = known[0] <= box[0] and known[1] <= box[1] and box[2] <= known[2] and box[3] <= known[3]
    return is_within and (box[0] - known[0]) % step == 0 and (box[1] - known[1]) % step == 0


def _even(planes: Planes) -> Planes:
    """Without the last row or column of an odd side: turned over, it would come first, and tear the squares of four pixels apart."""
    y, u, v = planes
    height, width = (side & ~1 for side in y.shape)
    if not height or not width:
        raise ValueError(f"a picture of {y.shape[1]} x {y.shape[0]} pixels; each side must have 2")
    half = np.s_[: height // 2, : width // 2]
    return y[:height, :width], u[half], v[half]


def _each(planes: Planes, change: Callable[[UInt8[ndarray, "_row _column"]], UInt8[ndarray, "_row _column"]]) -> Planes:
    y, u, v = planes
    return change(y), change(u), change(v)


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
