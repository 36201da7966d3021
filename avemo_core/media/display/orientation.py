"""Which way up a picture is shown: the display matrix that hangs on a frame.

The matrix takes the coded picture's columns and rows to the shown one's (ISO/IEC 14496-12, 8.3.2.3; FFmpeg's libavutil/display.h):

    | a b u |      column' = a column + c row + x
    | c d v |      row'    = b column + d row + y       a, b, c, d with 16 bits behind the point, x and y say where the corner lands
    | x y w |

Eight of them keep the pixels' grid: columns and rows stay or change places, and each is counted from either end. Of these eight
the nearest by the sum of squares of a, b, c, d is taken: a turn by 10 degrees is none, one by 80 is a quarter turn.
"""

import math
import struct
from typing import Final, NamedTuple, cast

import av
import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer, Type
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from jaxtyping import UInt8
from numpy import ndarray

_ONE: Final = 1 << 16
_SPACE: Final = Colorspace.ITU601


class Orientation(NamedTuple):
    """One of the eight ways to lay a grid of pixels."""

    swaps: bool = False
    """Columns become rows; after that come the flips."""
    flips_columns: bool = False
    """Left becomes right."""
    flips_rows: bool = False
    """Top becomes bottom."""

    def upright(self, plane: UInt8[ndarray, "_row _column"]) -> UInt8[ndarray, "_shown_row _shown_column"]:
        """The plane as it is shown."""
        if self.swaps:
            plane = np.asarray(cv2.transpose(plane), np.uint8)
        if not (self.flips_columns or self.flips_rows):
            return plane
        # OpenCV: 1 mirrors left and right, 0 top and bottom, -1 both.
        how = 1 if not self.flips_rows else -1 if self.flips_columns else 0
        return np.asarray(cv2.flip(plane, how), np.uint8)


UPRIGHT = Orientation()


class OrientationTracker:
    """The orientation of a stream's frames, which must all be shown to it in order.

    A container's matrix hangs on every frame. An orientation in the stream itself (SEI of H.264 and HEVC) hangs on the frame that
    carries it, and holds until the next one. Where a frame has both, the container's stands first and wins, as in players.
    """

    def __init__(self) -> None:
        self.now = UPRIGHT
        self._reformatter = VideoReformatter()

    def see(self, frame: av.VideoFrame) -> None:
        """Take the frame's orientation, if it carries one, for it and those that follow."""
        matrix = self._matrix(frame)
        if matrix is not None:
            self.now = nearest(*matrix)

    def _matrix(self, frame: av.VideoFrame) -> tuple[float, float, float, float] | None:
        """The a, b, c, d of the frame's first display matrix."""
        try:
            # A frame asked for its side data and that data hold each other until the garbage collector comes by, and with them the
            # picture's memory. So a copy of four pixels is asked, to which FFmpeg gives the same side data.
            small = self._reformatter.reformat(frame, 2, 2, "gray", _SPACE, _SPACE, Interpolation.POINT, threads=1)
            side_data = cast("SideDataContainer", small.side_data)
        except (av.FFmpegError, ValueError):
            # PyAV 18.1 hands out none where one is of a kind that it has no name for, such as EXIF: all that is left then is the angle.
            return _of_angle(frame.rotation)
        # One by one: asked by kind, PyAV gives the last of them.
        for each in side_data:
            if each.type == Type.DISPLAYMATRIX:
                a, b, _, c, d = struct.unpack_from("=5i", each)
                return a / _ONE, b / _ONE, c / _ONE, d / _ONE
        return None


def nearest(a: float, b: float, c: float, d: float) -> Orientation:
    """The nearest of the eight orientations to a display matrix; upright where all are zero."""
    # The distance to one of the eight falls as its product with the matrix grows: +-a +-d where the axes stay, +-b +-c where they swap.
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(swaps=False, flips_columns=a < 0, flips_rows=d < 0)
    return Orientation(swaps=True, flips_columns=c < 0, flips_rows=b < 0)


def _of_angle(counterclockwise_deg: int) -> tuple[float, float, float, float] | None:
    angle = math.radians(counterclockwise_deg)
    return None if counterclockwise_deg == 0 else (math.cos(angle), -math.sin(angle), math.sin(angle), math.cos(angle))
