"""What a frame's numbers mean as colours: its matrix, its range, its pixel format.

OpenCV turns YUV 4:2:0 into BGR fastest, but knows one meaning: BT.601, limited range, 8 bit. Everything else is brought there first:

    luma             y' = gain y + offset + what the matrices differ by, in u and v      grey stays grey: there u = v = 0
    differences   u', v' = a 2 x 2 matrix on u, v

This happens before BGR is clipped to [0, 255], so that saturated colours stay right, and at the chroma's resolution, so that it is cheap.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from jaxtyping import Float64, UInt8
from numpy import ndarray

Planes = tuple[UInt8[ndarray, "_row _column"], UInt8[ndarray, "_row _column"], UInt8[ndarray, "_row _column"]]
"""Y, U, V: luma, blue difference, red difference; the last two half as wide and high."""

_BT709: Final = 1
_YCGCO: Final = 8
_SD: Final = 5
_WEIGHTS: Final = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.470 BG, as BT.601
    6: (0.299, 0.114),  # SMPTE 170M, as BT.601
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020
    10: (0.2627, 0.0593),  # BT.2020 with constant luminance, read as the usual one
}
"""Weights of red and blue in the luma by the matrix's number in ITU-T H.273."""
HD_WIDTH_PX: Final = 1280
SD_MAX_HEIGHT_PX: Final = 576
"""A picture this wide, or higher than this, is BT.709 where the file does not say (docs/decisions/untagged-colours.md)."""
_NEUTRAL: Final = 128


@dataclass(frozen=True, kw_only=True, slots=True)
class Recoding:
    """From a picture's own Y, U, V to those of BT.601 in limited range; bytes to bytes, rounded.

    Args:
        gain: of the luma.
        offset: added to the luma.
        shift: of u and of v, each less 128, in the luma: what the matrices differ by.
        to_u: of u and of v in the new u.
        to_v: of u and of v in the new v.
    """

    gain: float
    offset: float
    shift: tuple[float, float]
    to_u: tuple[float, float]
    to_v: tuple[float, float]

    def luma(self, y: UInt8[ndarray, "row column"]) -> UInt8[ndarray, "row column"]:
        """The new luma of a grey picture; where it is the old one, the very array."""
        if self.gain == 1 and self.offset == 0:
            return y
        return np.asarray(cv2.convertScaleAbs(y, alpha=self.gain, beta=self.offset), np.uint8)

    def planes(self, planes: Planes) -> Planes:
        """The planes recoded; their sides are even."""
        y, u, v = planes
        shift = _mixed(u, v, self.shift)
        # A shift is of a square of four pixels: written twice in a row, and read for both rows.
        wide = np.asarray(cv2.merge([shift, shift]), np.uint8).reshape(-1, y.shape[1])
        luma = np.empty(y.shape, np.uint8)
        for row in (0, 1):
            cv2.addWeighted(y[row::2], self.gain, wide, 1.0, self.offset - _NEUTRAL, dst=luma[row::2])
        return luma, _mixed(u, v, self.to_u), _mixed(u, v, self.to_v)


def _mixed(
    u: UInt8[ndarray, "_row _column"], v: UInt8[ndarray, "_row _column"], shares: tuple[float, float]
) -> UInt8[ndarray, "_row _column"]:
    """A sum of both differences, which like them is 128 where there is no colour."""
    return np.asarray(cv2.addWeighted(u, shares[0], v, shares[1], _NEUTRAL * (1 - sum(shares))), np.uint8)


class PlaneReader:
    """Reads frames as 8-bit YUV 4:2:0."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def planes(self, frame: av.VideoFrame) -> tuple[Planes, Recoding | None]:
        """The frame's planes, and what makes them BT.601 in limited range; None: they are.

        Args:
            frame: any pixel format. RGB is full range, whatever its tag.
        """
        name, is_full = frame.format.name, _is_full(frame)
        if _is_rgb(frame):
            return self._reformatted(frame, "yuv420p", ColorRange.JPEG, ColorRange.MPEG), None
        range_ = ColorRange.JPEG if is_full else ColorRange.MPEG
        if _is_grey(frame):
            # swscale takes grey for full range, even where the tag says limited.
            return self._reformatted(frame, "gray", ColorRange.JPEG, ColorRange.JPEG), _recoding(_SD, is_full=is_full)
        space = _matrix(frame)
        if name in {"yuv420p", "yuvj420p"}:
            return _arrays(frame), _recoding(space, is_full=is_full)
        return self._reformatted(frame, "yuv420p", range_, range_), _recoding(space, is_full=is_full)

    def _reformatted(self, frame: av.VideoFrame, name: str, range_: ColorRange, new_range: ColorRange) -> Planes:
        # One matrix for both sides: numbers change their width and place, not their meaning.
        both = {"src_colorspace": Colorspace.ITU601, "dst_colorspace": Colorspace.ITU601}
        new = self._reformatter.reformat(frame, format=name, src_color_range=range_, dst_color_range=new_range, threads=1, **both)
        return _arrays(new)


def _arrays(frame: av.VideoFrame) -> Planes:
    y, *chroma = (
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width] for plane in frame.planes
    )
    u, v = chroma or [np.full(((y.shape[0] + 1) // 2, (y.shape[1] + 1) // 2), _NEUTRAL, np.uint8)] * 2
    return y, u, v


def _is_rgb(frame: av.VideoFrame) -> bool:
    format_ = frame.format
    return format_.is_rgb or format_.has_palette or format_.is_bit_stream or format_.name.startswith("xyz")


def _is_grey(frame: av.VideoFrame) -> bool:
    return frame.format.name.startswith(("gray", "ya8", "ya16", "yaf"))


def _is_full(frame: av.VideoFrame) -> bool:
    range_ = frame.color_range
    if range_ == ColorRange.UNSPECIFIED:
        return frame.format.name.startswith("yuvj") or _is_grey(frame)
    return range_ == ColorRange.JPEG


def _matrix(frame: av.VideoFrame) -> int:
    """The number of the frame's matrix; one that is not linear in R'G'B', such as ICtCp, counts as not named."""
    space = int(frame.colorspace)
    if space in _WEIGHTS or space == _YCGCO:
        return space
    return _BT709 if frame.width >= HD_WIDTH_PX or frame.height > SD_MAX_HEIGHT_PX else _SD


@lru_cache
def _recoding(space: int, *, is_full: bool) -> Recoding | None:
    if _WEIGHTS.get(space) == _WEIGHTS[_SD] and not is_full:
        return None
    # Levels of luma and of a difference between its ends, and the luma of black.
    luma, difference, black = (255, 255, 0) if is_full else (219, 224, 16)
    to_sd = np.linalg.inv(_to_bgr(_SD)) @ _to_bgr(space)
    gain = 219 / luma
    rows = np.array([219, 224, 224])[:, None] / difference * to_sd[:, 1:]
    shift, to_u, to_v = ((float(row[0]), float(row[1])) for row in rows)
    return Recoding(gain=gain, offset=16 - gain * black, shift=shift, to_u=to_u, to_v=to_v)


def _to_bgr(space: int) -> Float64[ndarray, "3 3"]:
    """From luma in [0, 1] and the two differences in [-0.5, 0.5] to blue, green, red.

    It inverts y = red R + green G + blue B, u = (B - y) / (2 (1 - blue)), v = (R - y) / (2 (1 - red)).
    """
    if space == _YCGCO:
        return np.array([[1.0, -1, -1], [1, 1, 0], [1, -1, 1]])
    red, blue = _WEIGHTS[space]
    green = 1 - red - blue
    u, v = 2 * (1 - blue), 2 * (1 - red)
    return np.array([[1, u, 0], [1, -u * blue / green, -v * red / green], [1, 0, v]])
