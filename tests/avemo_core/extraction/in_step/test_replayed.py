import av
import numpy as np
import pytest
from skimage.data import astronaut

from avemo_core.extraction.in_step.replayed import FoundPoints, ReplayedDetector, ReplayedMesh
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.faces.region import Region
from avemo_core.media import picture as pictures
from avemo_core.media.picture import Picture

FACE = Region(x_px=224.0, y_px=118.0, side_px=170.0, roll_rad=0.1)
AHEAD = FoundPoints(FACE, np.full((468, 2), 7, np.float32), 0.95)
"""No mesh would say so: whoever hears it was told what was found ahead."""


@pytest.fixture(scope="module")
def picture() -> Picture:
    return pictures.of(av.VideoFrame.from_ndarray(np.ascontiguousarray(astronaut()), format="rgb24"))


@pytest.fixture
def mesh(picture: Picture) -> ReplayedMesh:
    replayed = ReplayedMesh(Mesh())
    replayed.know(picture, AHEAD)
    return replayed


def test_what_was_found_ahead_is_answered_where_it_was_looked_for(picture: Picture, mesh: ReplayedMesh):
    points, score = mesh.points(picture, Region(x_px=224.05, y_px=118.0, side_px=170.05, roll_rad=0.1))

    assert (points is AHEAD.points, score) == (True, 0.95)
    assert (mesh.replayed, mesh.computed) == (1, 0)


@pytest.mark.parametrize("elsewhere", [{"x_px": 225.0}, {"y_px": 117.0}, {"side_px": 171.0}, {"roll_rad": 0.11}])
def test_what_is_asked_elsewhere_is_computed(picture: Picture, mesh: ReplayedMesh, elsewhere: dict[str, float]):
    at = Region(**{"x_px": 224.0, "y_px": 118.0, "side_px": 170.0, "roll_rad": 0.1, **elsewhere})

    points, _ = mesh.points(picture, at)

    np.testing.assert_array_equal(points, Mesh().points(picture, at)[0])
    assert (mesh.replayed, mesh.computed) == (0, 1)


def test_the_latest_answers_are_those_of_one_picture(picture: Picture, mesh: ReplayedMesh):
    another = pictures.of(av.VideoFrame.from_ndarray(np.ascontiguousarray(astronaut()), format="rgb24"))
    mesh.points(another, FACE)
    mesh.points(picture, FACE)

    assert mesh.latest(picture) == [AHEAD]
    assert mesh.latest(another) == []


def test_large_faces_that_were_found_ahead_are_not_searched_again_until_forgotten(picture: Picture):
    detector = ReplayedDetector(Detector())

    detector.know(picture, [])
    before = detector.find_large(picture)
    detector.forget()

    assert (len(before), len(detector.find_large(picture))) == (0, 1)
