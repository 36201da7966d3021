import math

import av
import cv2
import numpy as np
import pytest

from avemo_core.faces import chip, cutout
from avemo_core.faces.template import CHIP
from avemo_core.media import picture as pictures


def _turn(scale: float, roll_rad: float, shift: tuple[float, float]) -> np.ndarray:
    cos, sin = scale * math.cos(roll_rad), scale * math.sin(roll_rad)
    return np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]]])


def test_a_similarity_is_found_again():
    points = np.random.default_rng(0).normal(size=(5, 2))
    wanted = _turn(1.7, -0.4, (30.0, 12.0))

    found = chip.similarity(points, points @ wanted[:, :2].T + wanted[:, 2])

    np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_a_similarity_is_the_best_in_least_squares():
    rng = np.random.default_rng(1)
    source, target = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))

    a, b, x, y = np.linalg.lstsq(
        np.concatenate(
            [
                np.column_stack([source[:, 0], -source[:, 1], np.ones(5), np.zeros(5)]),
                np.column_stack([source[:, 1], source[:, 0], np.zeros(5), np.ones(5)]),
            ]
        ),
        np.concatenate([target[:, 0], target[:, 1]]),
        rcond=None,
    )[0]

    np.testing.assert_allclose(chip.similarity(source, target), [[a, -b, x], [b, a, y]], atol=1e-9)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.6, 4.3])
def test_a_square_holds_what_lies_at_its_place_at_any_scale(scale: float):
    yy, xx = np.mgrid[:900, :1200].astype(np.float32)
    picture = np.stack([xx / 5, yy / 5, (xx + yy) / 10], axis=2).astype(np.uint8)
    to_picture = _turn(scale, 0.3, (300.0, 120.0))

    copy = cutout.square(picture, to_picture, 96)

    x, y = (to_picture @ np.array([[20, 50, 80], [70, 40, 60], [1, 1, 1]])).astype(np.float32)
    expected = np.stack([x / 5, y / 5, (x + y) / 10], axis=1)
    np.testing.assert_allclose(copy[[70, 40, 60], [20, 50, 80]], expected, atol=1.6)


def test_a_square_of_a_decoded_picture_is_that_of_the_picture_in_bgr_wherever_it_lies():
    colours = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    picture = pictures.of(av.VideoFrame.from_ndarray(colours, format="bgr24"))

    for left, top in np.ndindex(5, 5):
        to_picture = _turn(1.0, 0.4, (40.0 + left, 9.0 + top))
        np.testing.assert_array_equal(cutout.square(picture, to_picture, 32), cutout.square(picture.bgr(), to_picture, 32))


@pytest.mark.parametrize("roll_rad", [0.0, 0.7, np.pi / 2, 3.0, -2.0])
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.7, 2.6])
def test_nothing_black_is_mixed_into_the_edges_of_a_square_inside_the_picture(scale: float, roll_rad: float):
    white = np.full((900, 1200, 3), 255, np.uint8)

    for shift_px in np.linspace(0, 2, 9):
        assert (cutout.square(white, _turn(scale, roll_rad, (600 + shift_px, 450 - shift_px / 3)), 96) == 255).all()


def test_a_chip_is_aligned_by_the_eyes_centres_the_nose_and_the_mouths_corners():
    points = np.random.default_rng(2).uniform(0, 200, (49, 2)).astype(np.float32)

    found = CHIP.anchors(points)

    expected = [points[19:25].mean(axis=0), points[25:31].mean(axis=0), points[16], points[31], points[37]]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("scale", [0.7, 2.6, 4.3, 9.1, 18.0])
def test_a_square_inside_the_picture_has_no_dark_edge_however_much_it_is_shrunk(scale: float):
    white = np.full((2400, 2400, 3), 255, np.uint8)

    for moved in range(16):  # wherever it lies among the groups of pixels that are averaged
        assert cutout.square(white, _turn(scale, 0.2, (400.0 + moved, 250.0 + moved)), 96).min() == 255


def test_a_square_outside_the_picture_is_black():
    picture = np.full((50, 50, 3), 200, np.uint8)

    assert not cutout.square(picture, _turn(1.0, 0.0, (-500.0, 20.0)), 96).any()


def test_a_chip_holds_the_face_upright_whatever_its_roll_and_size():
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(0, 255, (400, 400, 3), np.uint8), (0, 0), 4)
    landmarks = rng.uniform(-20, 20, (49, 2)).astype(np.float32) + np.float32([200, 200])
    turn = _turn(1.0, 0.5, (90.0, -60.0))
    turned = cv2.warpAffine(picture, turn, (400, 400))

    here, there = chip.of(picture, landmarks), chip.of(turned, (landmarks @ turn[:, :2].T + turn[:, 2]).astype(np.float32))

    assert np.median(np.abs(here.astype(int) - there.astype(int))) <= 2
