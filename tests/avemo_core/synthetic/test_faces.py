"""What the animated faces do, before a pixel is drawn."""

import numpy as np
import pytest

from avemo_core.synthetic.faces import actions, layout
from avemo_core.synthetic.faces.actors import actor
from avemo_core.synthetic.faces.expressions import EXPRESSIONS, amounts
from avemo_core.synthetic.faces.portraits import CANVAS_SHAPE, portraits, to_canvas
from avemo_core.synthetic.faces.puppet import Pose, puppet
from schemas.emotions import EMOTIONS

UPPER_LIP, LOWER_LIP = 13, 14
"""Middles of the inner lip edges among the mesh points."""


@pytest.mark.parametrize("number", range(4))
def test_a_portraits_eye_corners_lie_level_and_one_unit_apart(number: int):
    face = portraits()[number].face

    assert face[263] - face[33] == pytest.approx([1, 0], abs=0.04)
    assert (face[263] + face[33]) / 2 == pytest.approx([0, 0], abs=0.04)


@pytest.mark.parametrize("number", range(4))
def test_the_matte_holds_the_face_and_leaves_the_upper_corners_out(number: int):
    portrait = portraits()[number]
    x, y = to_canvas(portrait.face).round().astype(int).T

    # FaceMesh sets a few points of the jaw a little outside the picture's.
    assert np.mean(portrait.canvas[y, x, 3] > 200) > 0.96
    assert portrait.canvas[0, [0, -1], 3].tolist() == [0, 0]
    assert portrait.canvas.shape == (*CANVAS_SHAPE, 4)


@pytest.mark.parametrize("number", range(4))
def test_triangles_cover_the_rings_once_but_for_the_mouths_opening(number: int):
    vertices = layout.with_rings(portraits()[number].face)
    outermost = vertices[-layout.RING_POINTS :]
    opening = vertices[list(layout.LIP_RINGS[-1])]

    corners = vertices[layout.triangles(vertices)]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    covered = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).sum() / 2

    # Crossing lips cost a little: a strip folded over counts twice.
    assert covered == pytest.approx(_area(outermost) - _area(opening), rel=0.003)


def test_no_triangle_joins_the_upper_lip_to_the_lower():
    vertices = layout.with_rings(portraits()[1].face)
    upper = {point for ring in layout.LIP_RINGS for point in ring[layout.UPPER_LIP]}
    lower = {point for ring in layout.LIP_RINGS for point in ring[layout.LOWER_LIP]}

    joined = [three for three in layout.triangles(vertices).tolist() if upper & set(three) and lower & set(three)]

    assert joined == []


@pytest.mark.parametrize(
    ("action", "point", "direction"),
    [
        ("brow_inner_up", 107, (0, -1)),
        ("brow_outer_up", 293, (0, -1)),
        ("brows_together", 107, (1, 0)),
        ("brows_together", 336, (-1, 0)),
        ("lid_up", 159, (0, -1)),
        ("nose_up", 129, (0, -1)),
        ("nostrils_wide", 358, (1, 0)),
        ("cheek_up", 50, (0, -1)),
        ("upper_lip_up", UPPER_LIP, (0, -1)),
        ("corner_up", 61, (0, -1)),
        ("corner_out", 61, (-1, 0)),
        ("mouth_wide", 291, (1, 0)),
        ("lower_lip_down", LOWER_LIP, (0, 1)),
        ("chin_up", 152, (0, -1)),
        ("jaw_down", LOWER_LIP, (0, 1)),
        ("jaw_down", 152, (0, 1)),
    ],
)
def test_a_unit_of_an_action_moves_its_point_about_one_eye_distance(action: str, point: int, direction: tuple[int, int]):
    field = actions.fields(portraits()[0].face)[actions.ACTIONS.index(action)]

    assert field[point] == pytest.approx(direction, abs=0.25)


def test_the_mouth_at_rest_is_closed_though_the_portrait_smiles():
    smiling = portraits()[0].face

    resting = puppet(actor(0)).rest

    assert _mouth_gap(smiling) > 0.05
    assert abs(_mouth_gap(resting)) < 0.015


def test_a_blink_shuts_the_eyes_and_nothing_else():
    doll = puppet(actor(0))
    shut = np.array([float(action == "blink") for action in actions.ACTIONS])

    moved = doll.vertices(shut, Pose()) - doll.rest

    lid = doll.rest[159] + moved[159]
    assert lid[1] == pytest.approx(doll.rest[145, 1], abs=0.03)
    assert np.abs(moved[[1, 61, 291, 152, 105]]).max() < 1e-9


def test_a_pose_moves_the_head_and_leaves_the_outermost_ring():
    doll = puppet(actor(1))

    moved = doll.vertices(np.zeros(len(actions.ACTIONS)), Pose(yaw_rad=0.1, roll_rad=0.05, right=0.03)) - doll.rest

    assert np.abs(moved[:468]).max() > 0.03
    assert np.abs(moved[-layout.RING_POINTS :]).max() == 0


def test_every_emotion_has_an_expression_and_only_neutral_none():
    assert set(EXPRESSIONS) == set(EMOTIONS)
    assert [emotion for emotion in EMOTIONS if not amounts(emotion).any()] == ["neutral"]


def test_an_actor_is_the_same_for_the_same_seed_and_another_for_another():
    assert actor(2, seed=5) == actor(2, seed=5)
    assert actor(2, seed=5).build != actor(2, seed=6).build


def _area(outline: np.ndarray) -> float:
    x, y = outline.T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def _mouth_gap(face: np.ndarray) -> float:
    return float(face[LOWER_LIP, 1] - face[UPPER_LIP, 1])
