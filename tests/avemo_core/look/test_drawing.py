import numpy as np
import pytest
from numpy import ndarray

from avemo_core.faces.frame_faces import Face
from avemo_core.look.drawing import colour_of, draw_faces


def face(box: tuple[float, float, float, float], track: int = 0) -> Face:
    left, top, right, bottom = box
    points = np.stack([np.linspace(left + 4, right - 4, 49), np.linspace(top + 4, bottom - 4, 49)], axis=1)
    return Face(track=track, landmarks=points.astype(np.float32), box=np.float32(box), score=1.0, side_px=float(right - left))


def bgr_of(track: int) -> list[int]:
    return list(bytes.fromhex(colour_of(track)[1:]))[::-1]


def drawn(box: tuple[float, float, float, float], *, track: int = 0, scale: tuple[float, float] = (1.0, 1.0)) -> ndarray:
    picture = np.zeros((200, 300, 3), np.uint8)
    draw_faces(picture, [face(box, track)], scale)
    return picture


@pytest.mark.parametrize("track", [0, 1, 9])
def test_the_box_has_its_tracks_colour(track: int):
    picture = drawn((100, 60, 180, 150), track=track)

    for row, column in ((150, 140), (105, 100), (105, 180)):
        assert picture[row, column].tolist() == bgr_of(track)


def test_points_are_drawn_where_they_are():
    picture = drawn((100, 60, 180, 150))

    assert picture[64:147, 104:177].any()
    # The first and the last of them: 4 pixels inside the corners.
    np.testing.assert_allclose(picture[64, 104], bgr_of(0), atol=60)
    np.testing.assert_allclose(picture[146, 176], bgr_of(0), atol=60)


def test_faces_are_drawn_in_the_scale_of_the_picture():
    # A pixel's centre is whole: the edge at 200 is 200.5 pixels from the corner, 100.25 of half the size, and so at 99.75.
    picture = drawn((200, 120, 360, 300), scale=(0.5, 0.5))

    assert picture[105, 100].tolist() == bgr_of(0)


def test_the_number_stands_above_the_box_and_inside_where_there_is_no_room():
    above, inside = drawn((100, 60, 180, 150)), drawn((100, 0, 180, 150))

    assert above[50, 102].tolist() == bgr_of(0)
    assert inside[3, 103].tolist() == bgr_of(0)


@pytest.mark.parametrize("box", [(-40, -30, 50, 60), (250, 150, 340, 260), (-50, -50, 400, 400)])
def test_a_face_over_the_edge_is_drawn_as_far_as_it_goes(box: tuple[float, float, float, float]):
    assert (drawn(box) == bgr_of(0)).all(axis=2).any()


def test_faces_of_one_picture_have_different_colours():
    assert len({colour_of(track) for track in range(7)}) == 7
