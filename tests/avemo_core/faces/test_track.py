import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import av
import cv2
import numpy as np
import pytest
from numpy import ndarray

from avemo_core.faces import landmarks
from avemo_core.faces.boxes import bounding_box
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.faces.region import Region
from avemo_core.faces.track import Observation, Tracker
from avemo_core.media import picture as pictures
from avemo_core.media.picture import Picture
from avemo_core.synthetic import frames, plans
from avemo_core.synthetic.faces.actors import actor
from avemo_core.synthetic.scene import Placement, Shot

Edit = Callable[[int, ndarray, ndarray], ndarray]


@dataclass
class Tracked:
    """What the tracker made of a synthetic clip, frame by frame."""

    tracks: list[set[int]] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    """Median distance of the landmarks from the truth, over the eye distance."""
    boxes: list[bool] = field(default_factory=list)
    """Whether a face's box is that of its points."""


def _unchanged(_index: int, picture: ndarray, _points: ndarray) -> ndarray:
    return picture


def _grey_over_face(first: int, stop: int, left: float = 0.0, top: float = 0.0, right: float = 1.0, bottom: float = 1.0) -> Edit:
    """Grey over a part of the face's box in the frames [first, stop)."""

    def edit(index: int, picture: ndarray, points: ndarray) -> ndarray:
        corner, size = points[0].min(axis=0), np.ptp(points[0], axis=0)
        (x0, y0), (x1, y1) = (corner + size * (left, top)).astype(int), (corner + size * (right, bottom)).astype(int)
        covered = picture.copy()
        covered[y0:y1, x0:x1] = (90, 110, 140)
        return covered if first <= index < stop else picture

    return edit


def _turned_away(index: int, picture: ndarray, points: ndarray) -> ndarray:
    """Narrowed to a fifth from frame 8 to 16, as a head is that turns until it is seen edge-on, and wide again from frame 24."""
    width = float(np.interp(index, [8, 16, 23, 24], [1.0, 0.2, 0.2, 1.0]))
    about_the_nose = np.float32([[width, 0, (1 - width) * points[0, :, 0].mean()], [0, 1, 0]])
    return cv2.warpAffine(picture, about_the_nose, picture.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def _picture(bgr: ndarray) -> Picture:
    return pictures.of(av.VideoFrame.from_ndarray(np.ascontiguousarray(bgr), format="bgr24"))


def _error(observation: Observation, truth: ndarray) -> float:
    tracked, true = landmarks.of(observation.points), truth[:, list(landmarks.IBUG_49)]
    distances = np.median(np.linalg.norm(true - tracked, axis=2), axis=1) / np.linalg.norm(truth[:, 33] - truth[:, 263], axis=1)
    return float(distances.min())


@pytest.fixture(scope="module")
def track() -> Iterator[Callable[..., Tracked]]:
    detector, mesh, base = Detector(), Mesh(), plans.plan(clips=21)[0]

    def run(*shots: Shot, duration_s: float = 1.2, edit: Edit = _unchanged) -> Tracked:
        tracker, tracked = Tracker(detector, mesh), Tracked()
        for index, frame in enumerate(frames.frames(dataclasses.replace(base, shots=shots, duration_s=duration_s, seed=5))):
            observations = tracker.observations(_picture(edit(index, frame.picture, frame.points)), frame.time_s)
            tracked.tracks.append({observation.track for observation in observations})
            tracked.errors += [_error(observation, frame.points) for observation in observations]
            tracked.boxes += [np.array_equal(observation.box, bounding_box(observation.points)) for observation in observations]
        return tracked

    return run


@pytest.mark.parametrize("who", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow), 3])
def test_a_face_that_rolls_and_grows_is_never_lost(track: Callable[..., Tracked], who: int):
    moving = Placement(actor=actor(who), roll_deg=(-35.0, 35.0), zoom=(0.8, 1.8))

    tracked = track(Shot(faces=(moving,)), duration_s=1.6)

    assert tracked.tracks == [{0}] * 40
    assert tracked.boxes == [True] * 40
    assert np.median(tracked.errors) < 0.04
    assert max(tracked.errors) < 0.1


def test_a_cut_ends_the_track_though_a_face_stands_at_the_same_place(track: Callable[..., Tracked]):
    tracked = track(Shot(faces=(Placement(actor=actor(0)),)), Shot(start_s=0.6, faces=(Placement(actor=actor(1)),)))

    assert tracked.tracks == [{0}] * 15 + [{1}] * 15


@pytest.mark.parametrize("flash", [1.6, 0.35])
def test_a_change_of_light_is_no_cut(track: Callable[..., Tracked], flash: float):
    tracked = track(
        Shot(faces=(Placement(actor=actor(1)),)),
        edit=lambda index, picture, _: (picture * (flash if index >= 15 else 1.0)).clip(0, 255).astype(np.uint8),
    )

    assert tracked.tracks == [{0}] * 30


def test_after_a_cut_to_an_empty_room_there_is_no_face(track: Callable[..., Tracked]):
    tracked = track(Shot(faces=(Placement(actor=actor(2)),)), Shot(start_s=0.6))

    assert tracked.tracks == [{0}] * 15 + [set()] * 15


def test_a_face_that_leaves_the_picture_is_lost(track: Callable[..., Tracked]):
    tracked = track(Shot(faces=(Placement(actor=actor(1), right_px=(0.0, 250.0)),)))

    assert tracked.tracks[:15] == [{0}] * 15
    assert tracked.tracks[-8:] == [set()] * 8
    assert max(tracked.errors) < 0.15


def test_two_faces_keep_their_tracks(track: Callable[..., Tracked]):
    left = Placement(actor=actor(1), zoom=(0.7, 0.7), right_px=(-80.0, -70.0))
    right = Placement(actor=actor(4), zoom=(0.6, 0.6), right_px=(80.0, 70.0))

    tracked = track(Shot(faces=(left, right)))

    assert tracked.tracks == [{0, 1}] * 30
    assert np.median(tracked.errors) < 0.04


def test_a_covered_face_is_no_face_and_comes_back_as_the_same(track: Callable[..., Tracked]):
    tracked = track(Shot(faces=(Placement(actor=actor(1)),)), edit=_grey_over_face(10, 17))

    assert tracked.tracks[:10] == [{0}] * 10
    assert tracked.tracks[10:17] == [set()] * 7
    assert tracked.tracks[20:] == [{0}] * 10
    assert max(tracked.errors) < 0.1


@pytest.mark.parametrize(
    "half",
    [
        pytest.param({"bottom": 0.5}, id="upper"),
        pytest.param({"top": 0.5}, id="lower", marks=pytest.mark.slow),
        pytest.param({"right": 0.5}, id="left", marks=pytest.mark.slow),
        pytest.param({"left": 0.5}, id="right", marks=pytest.mark.slow),
    ],
)
def test_a_half_covered_face_keeps_its_place_and_its_points_do_not_drift(track: Callable[..., Tracked], half: dict[str, float]):
    tracked = track(Shot(faces=(Placement(actor=actor(1)),)), edit=_grey_over_face(10, 22, **half))

    assert tracked.tracks == [{0}] * 30
    assert max(tracked.errors) < 0.15


def test_a_face_of_which_only_the_forehead_shows_is_none(track: Callable[..., Tracked]):
    tracked = track(Shot(faces=(Placement(actor=actor(1)),)), edit=_grey_over_face(10, 22, top=0.3, bottom=1.1))

    assert tracked.tracks[:10] == [{0}] * 10
    assert tracked.tracks[10:22] == [set()] * 12


@pytest.mark.parametrize("who", [1, pytest.param(0, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_a_face_that_turns_until_it_is_edge_on_is_lost(track: Callable[..., Tracked], who: int):
    tracked = track(Shot(faces=(Placement(actor=actor(who)),)), edit=_turned_away)

    assert tracked.tracks[:10] == [{0}] * 10
    assert tracked.tracks[18:24] == [set()] * 6
    assert all(tracked.tracks[26:])


@pytest.mark.slow
def test_a_face_that_was_away_for_longer_is_a_new_one(track: Callable[..., Tracked]):
    tracked = track(Shot(faces=(Placement(actor=actor(1)),)), duration_s=2.4, edit=_grey_over_face(10, 45))

    assert tracked.tracks[:10] == [{0}] * 10
    assert tracked.tracks[50:] == [{1}] * 10


def test_no_more_faces_are_tracked_than_the_bound():
    crowd = np.full((270, 480, 3), 120, np.uint8)
    face = next(frames.frames(dataclasses.replace(plans.plan(clips=21)[0], duration_s=0.04))).picture[40:200, 80:240]
    crowd[:160, :480] = np.concatenate([face] * 3, axis=1)
    crowd[160:, :480] = np.concatenate([face[::2, ::2]] * 6, axis=1)[:, :480][:80].repeat(2, axis=0)[:110]

    observations = Tracker(Detector(), Mesh(), max_faces=2).observations(_picture(crowd), 0.0)

    assert len(observations) == 2


def test_where_the_points_lie_elsewhere_than_what_was_detected_no_face_is_tracked():
    class Elsewhere(Mesh):
        def points(self, picture: Picture | ndarray, region: Region) -> tuple[ndarray, float]:
            return super().points(picture, region)[0] + np.float32(region.side_px), 1.0

    shot = Shot(faces=(Placement(actor=actor(0)),))
    (frame, *_) = frames.frames(dataclasses.replace(plans.plan(clips=21)[0], shots=(shot,), duration_s=0.1, seed=5))

    assert len(Tracker(Detector(), Mesh()).observations(_picture(frame.picture), 0.0)) == 1
    assert Tracker(Detector(), Elsewhere()).observations(_picture(frame.picture), 0.0) == []
