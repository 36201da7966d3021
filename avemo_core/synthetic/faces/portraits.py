"""The two portraits the demo corpus animates, read from installed packages: levelled, cut out, with their mesh."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import skimage
from jaxtyping import Float, UInt8
from matplotlib import cbook
from numpy import ndarray

from avemo_core.faces import region
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh

FRAME_WIDTH_PX: Final = 320
FRAME_HEIGHT_PX: Final = 240
DENSITY: Final = 2
"""Canvas pixels per frame pixel."""
CANVAS_SHAPE: Final = (600, 800)
"""Rows and columns of a canvas: the frame's view and a quarter more, for cameras that pull back."""
EYE_DISTANCE_PX: Final = 58.0
"""Distance between the outer eye corners in frame pixels; the face box is then about 112 px high."""
EYES_AT_PX: Final = (160.0, 104.0)
"""Where the middle between the outer eye corners lies in the frame."""
RIGHT_EYE: Final = 33
LEFT_EYE: Final = 263
"""Outer eye corners among the mesh points; right and left as the person has them."""
EDGE_PX: Final = 7
"""The person's true outline lies within this many canvas pixels of the one drawn by hand."""

ASTRONAUT_OUTLINE: Final = (
    (30, 310), (40, 298), (50, 270), (65, 245), (85, 228), (105, 212), (112, 200), (112, 186), (122, 182), (125, 170),
    (135, 158), (150, 150), (170, 147), (184, 148), (182, 131), (175, 127), (170, 119), (160, 110), (154, 95), (153, 75),
    (157, 60), (168, 48), (185, 37), (190, 30), (200, 22), (220, 17), (235, 15), (250, 17), (265, 25), (280, 34),
    (290, 45), (298, 60), (301, 80), (299, 100), (290, 117), (278, 130), (270, 136), (266, 137), (264, 150), (260, 165),
    (256, 175), (262, 178), (275, 188), (290, 203), (300, 220), (305, 236), (318, 241), (330, 250), (340, 263), (347, 280),
    (355, 310),
)  # fmt: skip
ADMIRAL_OUTLINE: Final = (
    (10, 600), (22, 500), (27, 450), (35, 410), (45, 390), (60, 380), (90, 370), (120, 362), (150, 350), (175, 338),
    (190, 322), (202, 305), (197, 300), (185, 293), (172, 285), (163, 272), (161, 255), (165, 245), (158, 228), (154, 205),
    (155, 190), (152, 180), (152, 130), (154, 112), (160, 98), (172, 85), (177, 65), (185, 52), (200, 43), (218, 40),
    (228, 30), (245, 24), (262, 23), (280, 27), (295, 35), (303, 42), (320, 45), (335, 55), (348, 70), (354, 85),
    (364, 87), (369, 105), (371, 140), (369, 178), (375, 190), (373, 210), (365, 235), (360, 255), (361, 275), (355, 290),
    (345, 302), (333, 303), (331, 312), (350, 328), (375, 345), (400, 357), (430, 367), (460, 375), (485, 385), (495, 395),
    (503, 415), (511, 440), (530, 520), (550, 600),
)  # fmt: skip
"""The person's outline in pixels of the original picture, drawn by hand to `EDGE_PX`; may leave the picture."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Portrait:
    """A still face on its canvas, and where its mesh points lie."""

    name: str
    canvas: UInt8[ndarray, "row column bgra"]
    """The picture; the fourth channel is the person's matte, 255 inside."""
    face: Float[ndarray, "468 2"]
    """Mesh points in units of the outer-eye distance, the middle of the eyes at (0, 0), y down."""


@lru_cache(maxsize=1)
def portraits() -> tuple[Portrait, ...]:
    """Both portraits and their mirror images; made once per process (about a second).

    Raises:
        ConfigError: a face model file is missing.
    """
    astronaut = _canvas(_astronaut(), ASTRONAUT_OUTLINE)
    admiral = _canvas(_admiral(), ADMIRAL_OUTLINE)
    canvases = {
        "astronaut": astronaut,
        "admiral": admiral,
        "astronaut-mirrored": np.ascontiguousarray(astronaut[:, ::-1]),
        "admiral-mirrored": np.ascontiguousarray(admiral[:, ::-1]),
    }
    return tuple(
        Portrait(name=name, canvas=canvas, face=from_canvas(_mesh(np.ascontiguousarray(canvas[..., :3]))))
        for name, canvas in canvases.items()
    )


def to_canvas(face: Float[ndarray, "point 2"]) -> Float[ndarray, "point 2"]:
    """Face units to canvas pixels."""
    return np.asarray((face * EYE_DISTANCE_PX + _eyes_on_canvas_px()) * DENSITY)


def from_canvas(points: Float[ndarray, "point 2"]) -> Float[ndarray, "point 2"]:
    """Canvas pixels to face units."""
    return np.asarray((points / DENSITY - _eyes_on_canvas_px()) / EYE_DISTANCE_PX)


def _eyes_on_canvas_px() -> Float[ndarray, "2"]:
    """The middle of the eyes in frame pixels from the canvas's corner."""
    margin = np.array([CANVAS_SHAPE[1] / DENSITY - FRAME_WIDTH_PX, CANVAS_SHAPE[0] / DENSITY - FRAME_HEIGHT_PX]) / 2
    return np.asarray(margin + np.array(EYES_AT_PX))


def _astronaut() -> UInt8[ndarray, "row column bgr"]:
    """Eileen Collins, portrait by NASA, public domain; scikit-image carries it."""
    return _read(Path(skimage.__file__).parent / "data" / "astronaut.png")


def _admiral() -> UInt8[ndarray, "row column bgr"]:
    """Grace Hopper, official portrait by the US Navy, public domain; matplotlib carries it."""
    return _read(Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))


def _read(path: Path) -> UInt8[ndarray, "row column bgr"]:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR))


def _canvas(picture: UInt8[ndarray, "row column bgr"], outline: tuple[tuple[int, int], ...]) -> UInt8[ndarray, "600 800 bgra"]:
    """Turn, scale and move the picture so that the eyes lie level in their place; add the matte."""
    level = _level(_mesh(picture))
    canvas = cv2.warpAffine(picture, level, CANVAS_SHAPE[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    drawn = np.array(outline, float) @ level[:, :2].T + level[:, 2]
    return np.dstack([canvas, _matte(canvas, drawn)])


def _mesh(picture: UInt8[ndarray, "row column bgr"]) -> Float[ndarray, "468 2"]:
    """The largest face's mesh points in pixels; FaceMesh looks a few times, each time where it last saw the face."""
    mesh = Mesh()
    where = region.of_detection(Detector().find(picture)[0])
    for _ in range(3):
        points, _ = mesh.points(picture, where)
        where = region.of_points(points)
    # The network's last digits change with the number of threads; a clip must not.
    return points.astype(np.float64).round(1)


def _level(points: Float[ndarray, "468 2"]) -> Float[ndarray, "2 3"]:
    """The similarity that brings the outer eye corners to their place on the canvas."""
    across = points[LEFT_EYE] - points[RIGHT_EYE]
    turn = EYE_DISTANCE_PX * DENSITY / complex(across[0], across[1])
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    middle = (points[LEFT_EYE] + points[RIGHT_EYE]) / 2
    return np.column_stack([linear, _eyes_on_canvas_px() * DENSITY - linear @ middle])


def _matte(canvas: UInt8[ndarray, "row column bgr"], outline: Float[ndarray, "point 2"]) -> UInt8[ndarray, "row column"]:
    """Cut the person out: GrabCut decides within a narrow band around the drawn outline."""
    inside = np.zeros(CANVAS_SHAPE, np.uint8)
    cv2.fillPoly(inside, [outline.round().astype(np.int32)], 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * EDGE_PX + 1, 2 * EDGE_PX + 1))
    marks = np.where(inside > 0, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_PR_BGD))
    marks[cv2.erode(inside, disc) > 0] = cv2.GC_FGD
    marks[cv2.dilate(inside, disc) == 0] = cv2.GC_BGD
    cv2.setRNGSeed(0)
    cv2.grabCut(canvas, marks, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    person = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    # A little inside the edge, where no light of the old background shines through.
    return np.asarray(cv2.GaussianBlur(cv2.erode(cv2.medianBlur(person, 5), np.ones((3, 3))), (0, 0), 1.6))
