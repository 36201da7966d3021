import cv2
import numpy as np
import pytest
from numpy import ndarray
from skimage.data import astronaut

from avemo_core.faces import region
from avemo_core.faces.detect import Detector
from avemo_core.faces.landmarks import FIRST_SCHEME, STEADIER_SCHEME, LandmarkScheme
from avemo_core.faces.mesh import Mesh


@pytest.fixture(scope="module")
def portrait() -> ndarray:
    return np.ascontiguousarray(astronaut()[:, :, ::-1])


def test_one_face_is_detected_in_the_portrait_where_it_is(portrait: ndarray):
    (face,) = Detector().find(portrait)

    assert face.box == pytest.approx([179, 62, 269, 175], abs=10)
    assert face.eyes[0] == pytest.approx([205, 103], abs=8)


def test_a_small_face_in_a_wide_picture_is_detected_at_the_higher_resolution(portrait: ndarray):
    wide = np.zeros((900, 1600, 3), np.uint8)
    wide[500:628, 700:828] = cv2.resize(portrait, (128, 128), interpolation=cv2.INTER_AREA)

    (face,) = Detector().find(wide)

    assert face.box == pytest.approx([745, 515, 768, 544], abs=6)


def test_a_detector_finds_faces_down_to_the_score_that_it_is_given(portrait: ndarray):
    blurred = cv2.blur(cv2.resize(portrait, (320, 320), interpolation=cv2.INTER_AREA), (27, 27))

    scores = [sorted(face.score for face in Detector(min_score=least).find_large(blurred)) for least in (0.6, 0.3)]

    assert scores == [[pytest.approx(0.79, abs=0.02)], [pytest.approx(0.37, abs=0.02), pytest.approx(0.79, abs=0.02)]]


def test_no_face_is_detected_in_a_plain_picture():
    assert Detector().find(np.full((240, 320, 3), 128, np.uint8)) == []


@pytest.mark.parametrize("scheme", [FIRST_SCHEME, STEADIER_SCHEME])
@pytest.mark.parametrize("roll_deg", [-30, 30])
def test_the_points_turn_with_the_picture(portrait: ndarray, roll_deg: float, scheme: LandmarkScheme):
    turn = cv2.getRotationMatrix2D((220, 110), roll_deg, 1.0)
    turned = cv2.warpAffine(portrait, turn, (512, 512))

    upright, points = _points(portrait, scheme), _points(turned, scheme)

    expected = upright @ turn[:, :2].T + turn[:, 2]
    eye_distance = np.linalg.norm(upright[33] - upright[263])
    assert np.median(np.linalg.norm(points - expected, axis=1)) < 0.04 * eye_distance


def _points(picture: ndarray, scheme: LandmarkScheme = FIRST_SCHEME) -> ndarray:
    mesh = Mesh(scheme)
    first, _ = mesh.points(picture, region.of_detection(Detector().find(picture)[0]))
    return mesh.points(picture, region.of_points(first))[0]


def test_both_schemes_see_the_same_face_and_not_the_same_points(portrait: ndarray):
    older, newer = _points(portrait, FIRST_SCHEME), _points(portrait, STEADIER_SCHEME)

    apart = np.linalg.norm(older - newer, axis=1).mean() / np.linalg.norm(newer[33] - newer[263])
    assert 0.01 < apart < 0.1


@pytest.mark.parametrize("scheme", [FIRST_SCHEME, STEADIER_SCHEME])
def test_a_region_without_a_face_scores_low(scheme: LandmarkScheme):
    picture = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)

    _, score = Mesh(scheme).points(picture, region.Region(x_px=150.0, y_px=150.0, side_px=200.0, roll_rad=0.0))

    assert score < 0.5
