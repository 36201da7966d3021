"""Which face is the main one, from tracks made by hand."""

import numpy as np
import pytest

from avemo_core.faces.frame_faces import Face, FrameFaces, PictureRegion, faces_max, main_track

WIDTH, HEIGHT = 400, 200
LEFT, RIGHT, WHOLE = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0)


def face(track: int, x: float, *, y: float = 100.0, side: float = 60.0, is_beside: bool = False) -> Face:
    """A face with its centre at x, y."""
    box = np.float32([x - side / 2, y - side / 2, x + side / 2, y + side / 2])
    return Face(track=track, landmarks=np.zeros((49, 2), np.float32), box=box, score=1.0, side_px=float(side), is_beside=is_beside)


def frame(*faces: Face, untracked: int = 0) -> FrameFaces:
    return FrameFaces(time_s=0.0, faces=faces, width=WIDTH, height=HEIGHT, untracked=untracked)


def test_the_main_face_is_in_the_region_though_a_larger_one_is_seen_longer_elsewhere():
    frames = [frame(face(0, 100, side=90), face(1, 300, side=40))] * 6 + [frame(face(0, 100, side=90))] * 4

    assert [main_track(frames, region) for region in (None, LEFT, RIGHT)] == [0, 0, 1]


def test_nobody_in_the_region_is_no_face_rather_than_a_bystander():
    assert main_track([frame(face(0, 100))] * 5, RIGHT) is None
    assert main_track([], LEFT) is None


@pytest.mark.parametrize(("frames_right", "main_of_left", "main_of_right"), [(4, 0, None), (5, None, None), (6, None, 0)])
def test_a_face_that_crosses_the_border_is_of_the_side_where_it_is_for_longer(
    frames_right: int, main_of_left: int | None, main_of_right: int | None
):
    frames = [frame(face(0, 190))] * (10 - frames_right) + [frame(face(0, 210))] * frames_right

    assert (main_track(frames, LEFT), main_track(frames, RIGHT)) == (main_of_left, main_of_right)


def test_a_face_across_the_border_is_of_the_side_where_its_middle_is_and_of_one_only():
    # Where the halves meet lies between pixels 199 and 200: it opens the range of the right one.
    places = (198.0, 199.5, 201.0)

    found = [[main_track([frame(face(0, x, side=150))], half) for half in (LEFT, RIGHT)] for x in places]

    assert found == [[0, None], [None, 0], [None, 0]]


@pytest.mark.parametrize(("region", "main"), [((0.0, 0.0, 1.0, 0.5), 0), ((0.0, 0.5, 1.0, 1.0), 1)])
def test_a_region_has_a_top_and_a_bottom(region: PictureRegion, main: int):
    assert main_track([frame(face(0, 200, y=50), face(1, 200, y=150))] * 3, region) == main


def test_a_face_beside_the_leading_ones_is_main_only_where_a_region_has_no_other():
    poster, passer_by = face(1, 300, side=20, is_beside=True), face(2, 320)
    frames = [frame(face(0, 100), poster)] * 5 + [frame(poster)] * 15 + [frame(poster, passer_by)]

    assert [main_track(frames, region) for region in (None, WHOLE, LEFT, RIGHT)] == [0, 0, 0, 1]


def test_what_was_seen_counts_beyond_what_is_tracked():
    assert faces_max([frame(face(0, 100)), frame(face(0, 100), face(1, 300), untracked=7)]) == 9


def test_a_box_is_shares_of_the_picture_cut_at_its_edges():
    found = frame().box_shares(face(0, 379.5, y=19.5, side=80.0))

    np.testing.assert_allclose(found, [0.85, 0.0, 1.0, 0.3], atol=1e-6)
