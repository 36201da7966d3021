"""Faces beside the leading ones, in pictures with portraits pasted at known places."""

from collections.abc import Sequence

import av
import cv2
import numpy as np
import pytest
from numpy import ndarray
from skimage.data import astronaut

from avemo_core.faces.boxes import Detection
from avemo_core.faces.detect import Detector
from avemo_core.faces.frame_faces import FaceObserver, FrameFaces, faces_max
from avemo_core.faces.mesh import Mesh
from avemo_core.faces.track import MAX_LEADING
from avemo_core.media import picture as pictures
from avemo_core.media.picture import Picture
from avemo_core.media.recording import Frame

PORTRAIT = np.ascontiguousarray(astronaut()[:240, 100:340, ::-1])
Paste = tuple[int, int, int]
"""Left, top and side of a portrait, in pixels."""

GALLERY: list[Paste] = [(120 * column, 120 * row, 120) for row in range(3) for column in range(3)]
LARGE_AND_SMALL: list[Paste] = [(40, 100, 520), *((900, 20 + 115 * place, 70) for place in range(6))]


def _picture(pastes: Sequence[Paste], width: int, height: int, drift_px: int) -> ndarray:
    picture = np.full((height, width, 3), 110, np.uint8)
    for place, (left, top, side) in enumerate(pastes):
        shift = np.float32([[1, 0, drift_px * (-1) ** place], [0, 1, drift_px]])
        moved = cv2.warpAffine(PORTRAIT, shift, (240, 240), borderMode=cv2.BORDER_REPLICATE)
        picture[top : top + side, left : left + side] = cv2.resize(moved, (side, side), interpolation=cv2.INTER_AREA)
    return picture


@pytest.fixture(scope="module")
def models() -> tuple[Detector, Mesh]:
    return Detector(), Mesh()


def _seen(
    models: tuple[Detector, Mesh], pastes: Sequence[Paste], size: tuple[int, int], *, max_faces: int | None, frames: int = 4
) -> list[FrameFaces]:
    observer = FaceObserver(*models, max_faces=max_faces)
    shown = (av.VideoFrame.from_ndarray(_picture(pastes, *size, drift_px=step), format="bgr24") for step in range(frames))
    return [observer.observe(Frame(time_s=step / 25, picture=pictures.of(each)), with_chips=False) for step, each in enumerate(shown)]


def test_a_gallery_of_nine_has_nine_tracks(models: tuple[Detector, Mesh]):
    seen = _seen(models, GALLERY, (360, 360), max_faces=16)

    assert [len({face.track for face in frame.faces}) for frame in seen] == [9] * 4
    assert [sum(face.is_beside for face in frame.faces) for frame in seen] == [9 - MAX_LEADING] * 4
    assert faces_max(seen) == 9


@pytest.mark.parametrize(("max_faces", "tracked"), [(6, 6), (None, 4), (1, 4)])
def test_what_there_is_no_room_for_is_counted(models: tuple[Detector, Mesh], max_faces: int | None, tracked: int):
    seen = _seen(models, GALLERY, (360, 360), max_faces=max_faces, frames=2)

    assert [len(frame.faces) for frame in seen] == [tracked] * 2
    assert faces_max(seen) == 9


def test_small_faces_beside_a_large_one_are_found_where_they_are_asked_for(models: tuple[Detector, Mesh]):
    wanted, leading = (_seen(models, LARGE_AND_SMALL, (1280, 720), max_faces=most) for most in (16, None))

    assert [len(frame.faces) for frame in wanted] == [7] * 4
    assert [len(frame.faces) for frame in leading] == [1] * 4
    assert [face.is_beside for face in wanted[-1].faces] == [False] + [True] * 6


def test_faces_beside_change_nothing_of_the_leading_ones(models: tuple[Detector, Mesh]):
    wanted, alone = (_seen(models, LARGE_AND_SMALL[:3], (1280, 720), max_faces=most) for most in (16, None))

    assert [frame.faces[0].landmarks.tobytes() for frame in wanted] == [frame.faces[0].landmarks.tobytes() for frame in alone]


class Forgetful(Detector):
    """Sees faces beside others at the first search alone; whoever is tracked must be found by `find_large` to be verified."""

    searches = 0

    def find_beside(self, picture: Picture) -> list[Detection]:
        self.searches += 1
        return super().find_beside(picture) if self.searches == 1 else []

    def verifies(self, picture: object, region: object) -> bool:  # noqa: ARG002 - the detector's own names
        return False


def _still(pastes: Sequence[Paste], width: int, height: int) -> Picture:
    return pictures.of(av.VideoFrame.from_ndarray(_picture(pastes, width, height, 0), format="bgr24"))


@pytest.mark.parametrize(("size", "expected"), [((480, 360), [1, 1, 2, 2, 3]), ((420, 320), [0] * 5)], ids=["480", "too small to gain"])
def test_beside_a_lone_face_others_are_searched_for_ever_more_seldom(size: tuple[int, int], expected: list[int]):
    detector = Forgetful()
    observer, picture = FaceObserver(detector, Mesh(), max_faces=16), _still([(100, 60, 240)], *size)

    # Every 15 frames is a check: here every 4.8 s.
    searched = []
    for step in range(46):
        observer.observe(Frame(time_s=0.32 * step, picture=picture), with_chips=False)
        searched.append(detector.searches)

    assert [searched[step] for step in (0, 14, 15, 44, 45)] == expected


def test_a_face_beside_that_is_not_verified_is_gone_after_three_frames():
    observer, picture = FaceObserver(Forgetful(), Mesh(), max_faces=16), _still(LARGE_AND_SMALL[:2], 1280, 720)

    seen = [len(observer.observe(Frame(time_s=step / 25, picture=picture), with_chips=False).faces) for step in range(18)]

    assert seen == [2] * 17 + [1]


def test_a_face_beside_that_comes_to_lead_is_no_longer_one_beside():
    class Nearing(Detector):
        searches = 0

        def find_large(self, picture: Picture) -> list[Detection]:
            self.searches += 1
            return super().find_large(picture) if self.searches == 1 else self.find_beside(picture)

    observer, picture = FaceObserver(Nearing(), Mesh(), max_faces=16), _still(LARGE_AND_SMALL[:2], 1280, 720)

    seen = [observer.observe(Frame(time_s=step / 25, picture=picture), with_chips=False).faces for step in range(16)]

    assert [[face.is_beside for face in faces] for faces in (seen[0], seen[14], seen[15])] == [[False, True], [False, True], [False, False]]


def test_boxes_are_where_the_portraits_were_pasted(models: tuple[Detector, Mesh]):
    (alone,) = _seen(models, [(0, 0, 240)], (240, 240), max_faces=None, frames=1)
    (seen,) = _seen(models, LARGE_AND_SMALL, (1280, 720), max_faces=16, frames=1)

    in_portrait = alone.box_shares(alone.faces[0])
    found = sorted((seen.box_shares(face) * [1280, 720, 1280, 720]).tolist() for face in seen.faces)
    expected = sorted((in_portrait * side + [left, top, left, top]).tolist() for left, top, side in LARGE_AND_SMALL)
    np.testing.assert_allclose(found[0], expected[0], atol=0.02 * 520)
    np.testing.assert_allclose(sorted(box[1] for box in found[1:]), sorted(box[1] for box in expected[1:]), atol=3)
    np.testing.assert_allclose([box[0] for box in found[1:]], [box[0] for box in expected[1:]], atol=3)


def test_a_cut_ends_the_tracks_beside_and_they_are_looked_for_again_at_once(models: tuple[Detector, Mesh]):
    observer = FaceObserver(*models, max_faces=16)
    before, after = _picture(LARGE_AND_SMALL[:2], 1280, 720, 0), 255 - cv2.flip(_picture([], 1280, 720, 0), 1)
    after[:, 640:] = 0
    # At the place where one was before the cut.
    after[20:90, 900:970] = cv2.resize(PORTRAIT, (70, 70), interpolation=cv2.INTER_AREA)
    after[100:620, 700:1220] = cv2.resize(PORTRAIT, (520, 520))

    seen = [
        observer.observe(Frame(time_s=step / 25, picture=pictures.of(av.VideoFrame.from_ndarray(each, format="bgr24"))), with_chips=False)
        for step, each in enumerate([before, before, after])
    ]

    tracks = [{face.track for face in frame.faces} for frame in seen]
    assert [len(found) for found in tracks] == [2, 2, 2]
    assert tracks[0] == tracks[1]
    assert not tracks[1] & tracks[2]
