"""What is drawn: pictures in which the trackers find the planted points."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from avemo_core.faces import region
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.synthetic import plans
from avemo_core.synthetic.faces.actors import actor
from avemo_core.synthetic.faces.portraits import EYE_DISTANCE_PX
from avemo_core.synthetic.faces.warp import Warp
from avemo_core.synthetic.frames import RenderedFrame, frames
from avemo_core.synthetic.scene import Placement, Shot, after, apply, inverse

PLAN = plans.plan(clips=21)[6]


def _rendered(*shots: Shot, frames_wanted: int = 3) -> list[RenderedFrame]:
    return list(frames(replace(PLAN, duration_s=frames_wanted / plans.FPS, shots=shots)))


@pytest.mark.parametrize(("roll_deg", "zoom"), [(0.0, 1.0), (35.0, 0.8), (-35.0, 1.3), (10.0, 1.8)])
@pytest.mark.parametrize("person", [0, 1, 2, 3])
def test_the_trackers_find_the_true_points(person: int, roll_deg: float, zoom: float):
    placement = Placement(actor=actor(person), roll_deg=(roll_deg, roll_deg), zoom=(zoom, zoom))
    frame = _rendered(Shot(faces=(placement,)), frames_wanted=1)[0]

    seen, score = _tracked(frame.picture)

    away_px = np.linalg.norm(seen - frame.points[0], axis=1)
    assert score > 0.9
    assert away_px.mean() < 0.035 * EYE_DISTANCE_PX * zoom


def test_frames_carry_their_times_and_have_the_planned_size():
    rendered = _rendered(*PLAN.shots, frames_wanted=3)

    assert [frame.time_s for frame in rendered] == pytest.approx([0, 0.04, 0.08])
    assert {frame.picture.shape for frame in rendered} == {(240, 320, 3)}


def test_a_cut_changes_the_background_at_its_time():
    here = Placement(actor=actor(0))

    before, at_cut = _rendered(Shot(faces=(here,)), Shot(start_s=0.04, faces=(here,)), frames_wanted=2)

    assert np.abs(at_cut.picture[:20, :20].mean(axis=(0, 1)) - before.picture[:20, :20].mean(axis=(0, 1))).max() > 10


def test_two_faces_have_their_points_in_the_shots_order():
    left = Placement(actor=actor(0), zoom=(0.7, 0.7), right_px=(-80.0, -80.0))
    right = Placement(actor=actor(1), zoom=(0.7, 0.7), right_px=(80.0, 80.0))

    frame = _rendered(Shot(faces=(right, left)), frames_wanted=1)[0]

    assert frame.points.shape == (2, 468, 2)
    assert frame.points[0, :, 0].min() > 160 > frame.points[1, :, 0].max()
    assert len(Detector().find(frame.picture)) == 2


def test_a_face_that_leaves_is_not_in_the_picture_and_its_points_say_where_it_went():
    leaving = Placement(actor=actor(0), right_px=(0.0, 400.0))

    frame = _rendered(Shot(faces=(leaving,)), frames_wanted=10)[-1]

    assert frame.points[0, :, 0].min() > 320
    assert Detector().find(frame.picture) == []


def test_an_empty_shot_shows_a_wall_and_no_points():
    frame = _rendered(Shot(), frames_wanted=1)[0]

    assert frame.points.shape == (0, 468, 2)
    assert Detector().find(frame.picture) == []


def test_an_open_mouth_is_dark_inside():
    spoken = list(frames(replace(PLAN, duration_s=1.0)))
    gaps = [frame.points[0, 14] - frame.points[0, 13] for frame in spoken]
    widest = max(range(len(spoken)), key=lambda index: gaps[index][1])

    x, y = (spoken[widest].points[0, 13] * 0.25 + spoken[widest].points[0, 14] * 0.75).round().astype(int)

    assert gaps[widest][1] > 4
    assert spoken[widest].picture[y, x].max() < 90


def test_vertices_in_their_place_leave_the_picture_as_it_was():
    picture, vertices, triangles = _square()
    warp = Warp(canvas=picture, source=vertices, triangles=triangles)

    drawn = warp.draw(vertices, np.eye(2, 3), 40, 30)

    np.testing.assert_array_equal(drawn, picture)


def test_moved_vertices_take_their_part_of_the_picture_along():
    picture, vertices, triangles = _square()
    warp = Warp(canvas=picture, source=vertices, triangles=triangles)

    drawn = warp.draw(vertices + np.array([5, 2]), np.eye(2, 3), 40, 30)

    np.testing.assert_array_equal(drawn[13:20, 16:23], picture[11:18, 11:18])
    np.testing.assert_array_equal(drawn[:8], picture[:8])


def test_a_placements_map_can_be_undone_and_chained():
    placed = Placement(actor=actor(0), roll_deg=(0.0, 30.0), zoom=(1.0, 1.5), right_px=(0.0, 20.0)).to_frame(0.5)
    points = np.random.default_rng(0).normal(size=(5, 2))

    there_and_back = apply(inverse(placed), apply(placed, points))

    np.testing.assert_allclose(there_and_back, points, atol=1e-12)
    np.testing.assert_allclose(apply(after(placed, placed), points), apply(placed, apply(placed, points)))


def _tracked(picture: np.ndarray) -> tuple[np.ndarray, float]:
    """The one face's points as the trackers see them once they have settled, and their score."""
    (found,) = Detector().find(picture)
    mesh, where = Mesh(), region.of_detection(found)
    for _ in range(3):
        points, score = mesh.points(picture, where)
        where = region.of_points(points)
    return points, score


def _square() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A noisy picture, the corners of a square in it, and the square's two triangles."""
    picture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (30, 40, 4)).astype(np.uint8), (0, 0), 1.0)
    vertices = np.array([[10.0, 10.0], [20.0, 10.0], [20.0, 20.0], [10.0, 20.0]])
    return picture, vertices, np.array([[0, 1, 2], [0, 2, 3]])
