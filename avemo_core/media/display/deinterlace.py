"""Interlaced pictures: two fields, taken one after the other, in one frame.

    line 0   ------ top field       Frame rate 25: the second field shows the scene 20 ms after the first,
    line 1   ++++++ bottom field    so whatever moves has a comb for an edge.
    line 2   ------
    line 3   ++++++

Where a frame is combed its first field alone is taken, for the frame's time is that field's time, and the lines between are
interpolated. Where nothing moved, or the film was progressive all along, the frame stays as it is (docs/decisions/interlaced.md).
"""

from fractions import Fraction
from typing import Final

import av
import cv2
import numpy as np
from av.filter import Graph
from jaxtyping import UInt8
from numpy import ndarray

BLOCK_PX: Final = 16
MIN_EXCESS: Final = 1.2
"""A block is combed when lines next to each other differ this much more than lines of one field do ..."""
MIN_LEVELS: Final = 1.0
"""... and by so many levels more: where both are alike noise decides."""
MIN_COMBED_SHARE: Final = 1 / 256
"""Of the blocks; still pictures with hard edges have up to 1 / 500."""
_BETWEEN: Final = np.array([[-1], [9], [9], [-1]], np.float32) / 16
"""Cubic: the value half way between the middle two of four lines."""


def is_combed(luma: UInt8[ndarray, "row column"]) -> bool:
    """Whether the fields show different moments."""
    # Whole blocks only: means over a whole number of pixels are what OpenCV takes fastest.
    rows, columns = (luma.shape[0] - 2) // BLOCK_PX, luma.shape[1] // BLOCK_PX
    if rows < 1 or columns < 1:
        return False
    height, width = rows * BLOCK_PX, columns * BLOCK_PX
    # Down a still picture the values change little from line to line, and more from line to line but one. In a comb it is the other way.
    next_line, same_field = (
        cv2.resize(cv2.absdiff(luma[:height, :width], luma[step : step + height, :width]), (columns, rows), interpolation=cv2.INTER_AREA)
        for step in (1, 2)
    )
    return float((next_line > np.float32(MIN_EXCESS) * same_field + np.float32(MIN_LEVELS)).mean()) > MIN_COMBED_SHARE


def first_field(plane: UInt8[ndarray, "row column"], *, is_top_first: bool) -> UInt8[ndarray, "row column"]:
    """The plane with the lines of its second field interpolated from the first."""
    first, second = (0, 1) if is_top_first else (1, 0)
    whole = plane.copy()
    lines = whole[second::2]
    # Line i of the second field lies between lines i and i + 1 of the top field, or i - 1 and i of the bottom one.
    between = cv2.filter2D(plane[first::2], -1, _BETWEEN, anchor=(0, 1 if is_top_first else 2), borderType=cv2.BORDER_REPLICATE)
    lines[: len(between)] = between[: len(lines)]
    lines[len(between) :] = plane[first::2][-1:]
    return whole


class FieldOrder:
    """Which field of an interlaced frame comes first: PyAV has no name for that flag, but FFmpeg's filters read it."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._shape = (0, 0, "")

    def is_top_first(self, frame: av.VideoFrame) -> bool:
        """Whether the upper line of each pair belongs to the field that was taken first."""
        shape = frame.width, frame.height, frame.format.name
        if self._graph is None or shape != self._shape:
            self._graph, self._shape = _bottom_first(frame), shape
        self._graph.push(frame)
        try:
            self._graph.pull()
        except BlockingIOError:
            return True
        return False


def _bottom_first(frame: av.VideoFrame) -> Graph:
    """A filter graph that lets a frame through if its bottom field comes first."""
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 25))
    chosen = graph.add("select", "eq(interlace_type,BOTTOMFIRST)")
    source.link_to(chosen)
    chosen.link_to(graph.add("buffersink"))
    graph.configure()
    return graph
