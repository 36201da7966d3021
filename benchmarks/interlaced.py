"""How far the landmarks of a moving face lie from the truth when it was filmed in fields, by what is done about the fields.

A portrait of 720 x 576 pans to and fro and turns, 50 times a second. The truth is every second picture; the interlaced film weaves the
lines of each with those of the one after it. Both go through H.264.
"""

import io
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final, NamedTuple

import av
import cv2
import numpy as np
from av.filter import Graph
from jaxtyping import Float32, UInt8
from numpy import ndarray
from skimage.data import astronaut

from avemo_core.faces import chip as chips
from avemo_core.faces import landmarks, region
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.media.display import deinterlace
from avemo_core.media.display.colour import PlaneReader
from avemo_core.media.picture import Picture, PictureMaker
from avemo_core.runtime import threads

WIDTH, HEIGHT = 720, 576
FRAMES: Final = 12
TICK: Final = Fraction(1, 25)
SPEEDS_PX: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Highest speed in pixels a field (20 ms)."""
SWINGS_HZ: Final = 1.5
EYES: Final = (slice(19, 25), slice(25, 31))
Frames = list[av.VideoFrame]


class Face(NamedTuple):
    """What a picture's face came out as."""

    points: Float32[ndarray, "49 2"]
    chip: UInt8[ndarray, "side side rgb"]


def at(field: int, speed_px: float, portrait: UInt8[ndarray, "row column bgr"]) -> UInt8[ndarray, "row column bgr"]:
    """The portrait at one field's time."""
    pace = 2 * np.pi * SWINGS_HZ / 50
    move = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), min(3.0, speed_px) * np.sin(pace * field), 1.0)
    move[:, 2] += speed_px / pace * np.array([np.sin(pace * field), np.cos(1.3 * pace * field) / 3])
    return cv2.warpAffine(portrait, move, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def film(speed_px: float, *, is_woven: bool) -> Frames:
    """The frames as H.264 gives them back."""
    portrait = np.ascontiguousarray(cv2.resize(astronaut()[:340, 40:465, ::-1], (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC))
    sink = io.BytesIO()
    with av.open(sink, "w", format="matroska") as file:
        flags = {"flags": "+ildct+ilme"} if is_woven else {}
        stream = file.add_stream("libx264", rate=25, options={"qp": "18", "preset": "veryfast", **flags})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(FRAMES):
            frame = _yuv(at(2 * index, speed_px, portrait))
            if is_woven:
                _weave(frame, _yuv(at(2 * index + 1, speed_px, portrait)))
            (frame,) = filtered([_stamped(frame, index)], "setfield", "tff" if is_woven else "prog")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    sink.seek(0)
    with av.open(sink) as file:
        return list(file.decode(video=0))


def _yuv(bgr: UInt8[ndarray, "row column bgr"]) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format="yuv420p")


def _stamped(frame: av.VideoFrame, index: int) -> av.VideoFrame:
    frame.pts, frame.time_base = index, TICK
    return frame


def _weave(first: av.VideoFrame, second: av.VideoFrame) -> None:
    for plane, late in zip(first.planes, second.planes, strict=True):
        rows, late_rows = (np.frombuffer(each, np.uint8).reshape(each.height, -1).copy() for each in (plane, late))
        rows[1::2] = late_rows[1::2]
        plane.update(rows)


def filtered(frames: Frames, name: str, options: str) -> Frames:
    """The frames after one of FFmpeg's filters, with what it holds back to the end."""
    graph = Graph()
    source = graph.add_buffer(width=WIDTH, height=HEIGHT, format=av.VideoFormat("yuv420p"), time_base=frames[0].time_base)
    graph.link_nodes(source, graph.add(name, options), graph.add("buffersink")).configure()
    out: Frames = []
    for frame in [*frames, None]:
        graph.push(frame)
        out.extend(_pulled(graph))
    return out


def _pulled(graph: Graph) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return


def woven(frames: Frames) -> list[Picture]:
    """Both fields, as they lie in the frame."""
    return [Picture(*planes) for planes in _planes(frames)]


def first_fields(frames: Frames) -> list[Picture]:
    """The first field of every frame."""
    return [Picture(*(deinterlace.first_field(plane, is_top_first=True) for plane in planes)) for planes in _planes(frames)]


def bwdif(frames: Frames) -> list[Picture]:
    """FFmpeg's filter, a frame for each frame; it holds one back."""
    return woven(filtered(frames, "bwdif", "mode=send_frame"))


def avemo(frames: Frames) -> list[Picture]:
    """The first field of frames that are combed."""
    maker = PictureMaker()
    return [maker.of(frame) for frame in frames]


def _planes(frames: Frames) -> list[tuple[UInt8[ndarray, "_row _column"], ...]]:
    reader = PlaneReader()
    return [reader.planes(frame)[0] for frame in frames]


WAYS: Final[dict[str, Callable[[Frames], list[Picture]]]] = {
    "woven": woven,
    "first field": first_fields,
    "bwdif": bwdif,
    "avemo: first field where combed": avemo,
}


def face(picture: Picture, detector: Detector, mesh: Mesh) -> Face:
    """The portrait's landmarks and chip."""
    where = region.of_detection(detector.find(picture)[0])
    for _ in range(3):
        points, _ = mesh.points(picture, where)
        where = region.of_points(points)
    return Face(landmarks.of(points), chips.of(picture, landmarks.of(points)))


def main() -> None:
    """Print the table."""
    threads.use_one()
    detector, mesh = Detector(), Mesh()
    print("| px a field | way | error, px | 95 %, px | % of the eyes' distance | chip, levels | ms a frame |")
    print("|---|---|---|---|---|---|---|")
    for speed_px in SPEEDS_PX:
        truth = [face(picture, detector, mesh) for picture in woven(film(speed_px, is_woven=False))]
        eyes_px = float(np.mean([np.linalg.norm(each.points[EYES[0]].mean(axis=0) - each.points[EYES[1]].mean(axis=0)) for each in truth]))
        frames = film(speed_px, is_woven=True)
        for name, way in WAYS.items():
            start_s = time.process_time()
            pictures = way(frames)
            cost_ms = (time.process_time() - start_s) / FRAMES * 1e3
            faces = [face(picture, detector, mesh) for picture in pictures]
            errors = np.array([np.linalg.norm(one.points - true.points, axis=1) for one, true in zip(faces, truth, strict=True)])
            chip = np.mean([np.abs(one.chip.astype(int) - true.chip).mean() for one, true in zip(faces, truth, strict=True)])
            values = errors.mean(), np.percentile(errors, 95), 100 * errors.mean() / eyes_px, chip, cost_ms
            print(f"| {speed_px} | {name} | {' | '.join(f'{value:.2f}' for value in values)} |", flush=True)


if __name__ == "__main__":
    main()
