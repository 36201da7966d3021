"""Which way up pictures are shown: the container's display matrix, and the stream's own orientation."""

import gc
import io
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from numpy import ndarray
from skimage.data import astronaut

from avemo_core.media import decode
from avemo_core.media.display.orientation import UPRIGHT, Orientation, nearest
from avemo_core.media.picture import PictureMaker

ONE = 1 << 16
EIGHT = {
    "as it is": ((1, 0, 0, 1), lambda upright: upright),
    "a quarter clockwise": ((0, 1, -1, 0), lambda upright: np.rot90(upright, -1)),
    "half a turn": ((-1, 0, 0, -1), lambda upright: np.rot90(upright, 2)),
    "a quarter counterclockwise": ((0, -1, 1, 0), np.rot90),
    "left and right": ((-1, 0, 0, 1), np.fliplr),
    "top and bottom": ((1, 0, 0, -1), np.flipud),
    "columns for rows": ((0, 1, 1, 0), lambda upright: upright.swapaxes(0, 1)),
    "columns for rows, from the other ends": ((0, -1, -1, 0), lambda upright: np.rot90(upright, 2).swapaxes(0, 1)),
}
each_of_the_eight = pytest.mark.parametrize(("matrix", "shown"), EIGHT.values(), ids=EIGHT)


def _portrait(width: int, height: int) -> ndarray:
    return np.ascontiguousarray(cv2.resize(astronaut()[:288, 60:420, ::-1], (width, height), interpolation=cv2.INTER_AREA))


def _encoded(bgr: ndarray, frames: int, filters: dict[int, str], name: str) -> bytes:
    """The picture as H.264, so many times over, without loss; filters: bitstream filters by packet."""
    sink = io.BytesIO()
    with av.open(sink, "w", format=name) as file:
        stream = file.add_stream("libx264", rate=25, options={"preset": "ultrafast", "qp": "0", "bf": "0"})
        (stream.height, stream.width), stream.pix_fmt = bgr.shape[:2], "yuv444p"
        packets = []
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format="yuv444p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            packets += stream.encode(frame)
        packets += stream.encode(None)
        file.start_encoding()  # the filters read the stream's header
        for index, packet in enumerate(packets):
            file.mux(BitStreamFilterContext(filters[index], stream).filter(packet) if index in filters else packet)
    return sink.getvalue()


def _with_matrix(mp4: bytes, matrix: Sequence[int]) -> bytes:
    """The file with its track header's identity replaced: PyAV writes turns only."""
    a, b, c, d = (ONE * each for each in matrix)
    track_header, identity = mp4.index(b"tkhd"), struct.pack(">9i", ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30)
    place = mp4.index(identity, track_header)
    assert place < track_header + 60
    return mp4[:place] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + mp4[place + len(identity) :]


def _shown(file: bytes, pixel_aspect: float = 1.0) -> list[ndarray]:
    maker = PictureMaker(pixel_aspect=pixel_aspect)
    with av.open(io.BytesIO(file)) as opened:
        return [maker.of(frame).bgr() for frame in opened.decode(video=0)]


@each_of_the_eight
@pytest.mark.parametrize("size", [(64, 48), (63, 47)], ids=["even", "odd"])
def test_each_of_the_eight_matrices_is_followed(size: tuple[int, int], matrix: tuple[int, ...], shown: Callable[[ndarray], ndarray]):
    stored = _encoded(_portrait(*size), 1, {}, "mp4")
    (upright,) = _shown(stored)

    (picture,) = _shown(_with_matrix(stored, matrix))

    np.testing.assert_array_equal(picture, shown(upright))


@each_of_the_eight
def test_the_pixels_aspect_is_that_of_the_stored_axes(matrix: tuple[int, ...], shown: Callable[[ndarray], ndarray]):
    stored = _encoded(_portrait(64, 48), 1, {}, "mp4")
    (upright,) = _shown(stored, 1.5)

    (picture,) = _shown(_with_matrix(stored, matrix), 1.5)

    assert upright.shape == (48, 96, 3)
    np.testing.assert_array_equal(picture, shown(upright))


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ((0.98, 0.17, -0.17, 0.98), UPRIGHT),  # a turn by 10 degrees
        ((0.17, 0.98, -0.98, 0.17), Orientation(swaps=True, flips_columns=True, flips_rows=False)),  # by 80 degrees clockwise
        ((-0.5, 0.0, 0.0, 2.0), Orientation(swaps=False, flips_columns=True, flips_rows=False)),  # a mirror that also scales
        ((0.0, 0.0, 0.0, 0.0), UPRIGHT),
    ],
)
def test_any_other_matrix_is_taken_for_the_nearest_of_the_eight(matrix: tuple[float, ...], expected: Orientation):
    assert nearest(*matrix) == expected


def _sei(what: str) -> str:
    return f"h264_metadata=display_orientation=insert:{what}"


def test_an_orientation_in_the_stream_holds_until_the_next_one():
    portrait = _portrait(64, 48)
    (upright,) = _shown(_encoded(portrait, 1, {}, "matroska"))

    pictures = _shown(_encoded(portrait, 6, {1: _sei("rotate=90"), 4: _sei("flip=horizontal")}, "matroska"))

    expected = [upright, *[np.rot90(upright)] * 3, *[np.fliplr(upright)] * 2]
    assert [picture.shape for picture in pictures] == [each.shape for each in expected]
    assert all(np.array_equal(picture, each) for picture, each in zip(pictures, expected, strict=True))


@pytest.mark.parametrize(("frames", "start_s"), [(10, 0.2), (700, 27.8)], ids=["decoded up to there", "reached by seeking"])
def test_an_orientation_in_the_stream_holds_for_a_range_that_starts_after_it(tmp_path: Path, frames: int, start_s: float):
    path = tmp_path / "turned.mkv"
    path.write_bytes(_encoded(_portrait(64, 48), frames, {0: _sei("rotate=90")}, "matroska"))

    with decode.opened(str(path), start_s=start_s) as recording:
        frames = list(recording.frames())

    assert [(frame.picture.width, frame.picture.height) for frame in frames] == [(48, 64)] * 5


def test_the_containers_matrix_wins_over_the_streams():
    portrait = _portrait(64, 48)
    (upright,) = _shown(_encoded(portrait, 1, {}, "mp4"))

    pictures = _shown(_with_matrix(_encoded(portrait, 3, {0: _sei("rotate=90")}, "mp4"), (1, 0, 0, -1)))

    assert all(np.array_equal(picture, np.flipud(upright)) for picture in pictures)


def test_frames_are_let_go_without_the_garbage_collector(tmp_path: Path):
    path = tmp_path / "mirrored.mp4"
    path.write_bytes(_with_matrix(_encoded(_portrait(64, 48), 20, {}, "mp4"), (-1, 0, 0, 1)))
    gc.collect()
    gc.disable()

    try:
        with decode.opened(str(path)) as recording:
            count = sum(1 for _ in recording.frames())
        held = [thing for thing in gc.get_objects() if type(thing) is av.VideoFrame and thing.width == 64]
    finally:
        gc.enable()

    assert count == 20
    assert len(held) <= 1


def test_a_frame_with_side_data_that_pyav_cannot_name_is_turned_too():
    exif = b"Exif\0\0" + b"MM\0*\0\0\0\x08" + b"\0\x01" + b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0" + b"\0\0\0\0"  # a quarter clockwise
    sink = io.BytesIO()
    with av.open(sink, "w", format="avi") as file:
        stream = file.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        frame = av.VideoFrame.from_ndarray(_portrait(64, 48), format="bgr24").reformat(format="yuvj420p")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        (packet,) = stream.encode(frame)
        jpeg = bytes(packet)
        tagged = av.Packet(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:])
        tagged.stream, tagged.pts, tagged.dts, tagged.time_base, tagged.is_keyframe = stream, 0, 0, packet.time_base, True
        file.mux(tagged)

    (picture,) = _shown(sink.getvalue())

    assert picture.shape == (64, 48, 3)
