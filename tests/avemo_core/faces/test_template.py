"""Crop templates, held to the points that their networks were trained with."""

import numpy as np
import pytest

from avemo_core.faces import chip
from avemo_core.faces.template import ARCFACE, CHIP


def test_a_chip_of_112_has_arcfaces_points():
    points = ARCFACE.in_px(112)

    assert points[0] == pytest.approx([38.2946, 51.6963])
    assert points[4] == pytest.approx([70.7299, 92.2041])


def test_dlibs_eyes_stand_further_apart_in_a_larger_chip():
    assert CHIP.in_px(300)[1, 0] - CHIP.in_px(300)[0, 0] == pytest.approx(2 * (CHIP.in_px(150)[1, 0] - CHIP.in_px(150)[0, 0]))


def test_a_face_whose_points_lie_on_the_template_is_cut_out_where_it_is():
    landmarks = np.zeros((49, 2), np.float32)
    left, right, nose, *mouth = ARCFACE.in_px(112)
    landmarks[19:25], landmarks[25:31], landmarks[13], landmarks[[31, 37]] = left, right, nose, mouth
    picture = np.random.default_rng(0).integers(0, 256, (112, 112, 3), np.uint8)

    cut = chip.of(picture, landmarks, 112, ARCFACE)

    assert np.abs(cut[4:-4, 4:-4, ::-1].astype(int) - picture[4:-4, 4:-4]).mean() < 2
