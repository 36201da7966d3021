import math

import numpy as np
import pytest

from avemo_core.faces import region
from avemo_core.faces.region import Region


def test_the_middle_of_the_copy_is_the_centre_of_the_region():
    square = Region(x_px=40.0, y_px=30.0, side_px=100.0, roll_rad=0.7)

    at = square.to_picture(192) @ np.array([95.5, 95.5, 1.0])

    assert at == pytest.approx([40.0, 30.0])


def test_one_pixel_of_the_copy_is_one_step_along_the_eyes():
    square = Region(x_px=0.0, y_px=0.0, side_px=96.0, roll_rad=math.pi / 2)

    across = square.to_picture(192)[:, 0]

    assert across == pytest.approx([0.0, 0.5])


@pytest.mark.parametrize("roll_deg", [-80, -35, 0, 20, 170])
def test_the_region_of_turned_points_turns_with_them(roll_deg: float):
    rng = np.random.default_rng(0)
    upright = rng.uniform((-30, -50), (30, 50), (468, 2)).astype(np.float32)
    upright[[33, 263]] = [[-20, -10], [20, -10]]
    roll = math.radians(roll_deg)
    turn = np.array([[math.cos(roll), -math.sin(roll)], [math.sin(roll), math.cos(roll)]], np.float32)

    still, turned = region.of_points(upright), region.of_points(upright @ turn.T + np.float32([200, 100]))

    assert turned.roll_rad == pytest.approx(roll, abs=1e-4)
    assert turned.side_px == pytest.approx(still.side_px, rel=1e-4)
    assert (turned.x_px, turned.y_px) == pytest.approx(tuple(turn @ [still.x_px, still.y_px] + [200, 100]), abs=1e-2)


def test_the_region_holds_all_its_points_with_a_margin():
    points = np.random.default_rng(1).uniform(50, 150, (468, 2)).astype(np.float32)
    square = region.of_points(points)

    into_copy = np.linalg.inv(np.vstack([square.to_picture(192), [0, 0, 1]]))
    inside = points @ into_copy[:2, :2].T + into_copy[:2, 2]

    assert inside.min() > 0.1 * 192
    assert inside.max() < 0.9 * 192
