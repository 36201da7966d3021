"""Interlaced frames: two fields of two moments become the picture of the first."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from av.filter import Graph
from numpy import ndarray
from skimage.data import astronaut

from avemo_core.media import picture as pictures


def _at(shift_px: float) -> ndarray:
    """A portrait moved to the right: 360 x 288, BGR."""
    move = np.array([[1.0, 0, shift_px], [0, 1, shift_px / 4]])
    return cv2.warpAffine(np.ascontiguousarray(astronaut()[:288, 60:420, ::-1]), move, (360, 288), borderMode=cv2.BORDER_REPLICATE)


def _frame(bgr: ndarray, mode: str) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format="yuv420p")
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    return _marked(frame, mode)


def _marked(frame: av.VideoFrame, mode: str) -> av.VideoFrame:
    """The frame with FFmpeg's flag: tff, bff or prog."""
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    graph.link_nodes(source, graph.add("setfield", mode), graph.add("buffersink")).configure()
    graph.push(frame)
    return graph.pull()


def _yuv(bgr: ndarray) -> list[ndarray]:
    frame = av.VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format="yuv420p")
    return [np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, : plane.width] for plane in frame.planes]


def _woven(first: ndarray, second: ndarray, mode: str) -> av.VideoFrame:
    """Two moments as two fields of one frame, in each plane."""
    frame = _frame(first, mode)
    for plane, late in zip(frame.planes, _yuv(second), strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, -1).copy()
        start = 1 if mode == "tff" else 0
        rows[start::2, : plane.width] = late[start::2]
        plane.update(rows)
    return frame


def _difference(bgr: ndarray, other: ndarray) -> float:
    return float(np.abs(bgr.astype(int) - other)[8:-8, 24:-24].mean())


@pytest.mark.parametrize("mode", ["tff", "bff"])
def test_what_moved_between_the_fields_is_shown_as_the_first_saw_it(mode: str):
    first, second = pictures.of(_frame(_at(0), "prog")).bgr(), pictures.of(_frame(_at(6), "prog")).bgr()

    shown = pictures.of(_woven(_at(0), _at(6), mode)).bgr()

    assert _difference(shown, first) < 3.0
    assert _difference(shown, second) > 8.0


@pytest.mark.parametrize("mode", ["tff", "bff"])
def test_the_lines_of_the_first_field_stay_as_they_are(mode: str):
    start = 0 if mode == "tff" else 1
    luma = pictures.of(_frame(_at(0), "prog"))._y

    shown = pictures.of(_woven(_at(0), _at(6), mode))._y

    np.testing.assert_array_equal(shown[start::2], luma[start::2])


@pytest.mark.parametrize("mode", ["tff", "bff"])
def test_a_still_picture_keeps_all_its_lines(mode: str):
    still = pictures.of(_frame(_at(0), "prog")).bgr()

    np.testing.assert_array_equal(pictures.of(_frame(_at(0), mode)).bgr(), still)


def test_a_frame_that_does_not_call_itself_interlaced_keeps_its_comb():
    first = pictures.of(_frame(_at(0), "prog")).bgr()

    shown = pictures.of(_marked(_woven(_at(0), _at(6), "tff"), "prog")).bgr()

    assert _difference(shown, first) > 4.0
