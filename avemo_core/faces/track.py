"""Faces tracked from frame to frame: by FaceMesh in every frame, detected and verified in some.

    detected, and FaceMesh     FaceMesh loses it, its middle leaves the picture,
    finds it there             it leaps, or it fails 3 checks, one a frame
           |                                    |
           +-----> live ------------------------+-----> lost ------> gone, 1 s after it was last live
                    ^                                     |
                    +---- detected again, near there -----+

A check searches the picture and verifies every live track:

    every 15 frames     while there are tracks and all are live
    every 3 frames      while there is no track, or one is lost
    every frame         while a track has failed its last check
    at once             when FaceMesh loses a track, and after a scene cut, at which every track is gone
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from avemo_core.faces import region as regions
from avemo_core.faces.boxes import Detection, bounding_box, box_centre, iou, side_px
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import MIN_SCORE, Mesh
from avemo_core.faces.scene_cut import SceneCutDetector
from avemo_core.media.picture import Picture

CHECK_FRAMES: Final = 15
"""From check to check while all tracks are live."""
RECHECK_FRAMES: Final = 3
"""From check to check while there is no track, or one is lost."""
MAX_FAILED_CHECKS: Final = 3
"""A track that fails so many checks, one a frame, is lost."""
MAX_LOST_S: Final = 1.0
"""A face detected again within this time, near where it was, keeps its track."""
MAX_TRACKS: Final = 4
"""At most so many faces are tracked at once, the largest first."""
MIN_IOU: Final = 0.3
"""Boxes of one face overlap at least this much (intersection over union)."""
FIRST_PASSES: Final = 2
"""FaceMesh runs so often on a new face: the detector's box is only a rough region."""
MAX_LEAP: Final = 0.08
"""From frame to frame a point moves less than this share of the face's side; what moves further is checked at once."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Observation:
    """One face in one frame."""

    track: int
    """Number of the track, from 0 in the order in which they began."""
    points: Float32[ndarray, "468 2"]
    """In pixels of the picture."""
    score: float
    """FaceMesh's probability that it is a face."""

    @property
    def box(self) -> Float32[ndarray, "4"]:
        """Left, top, right, bottom of the points."""
        return bounding_box(self.points)

    @property
    def side_px(self) -> float:
        """The longer side of the points' box."""
        return side_px(self.box)


@dataclass(kw_only=True, slots=True, eq=False)
class _Track:
    number: int
    points: Float32[ndarray, "468 2"]
    """Where the face was last."""
    score: float
    """FaceMesh's, there."""
    seen_s: float
    """When that was."""
    is_live: bool = True
    failed_checks: int = 0

    @property
    def box(self) -> Float32[ndarray, "4"]:
        return bounding_box(self.points)


class Tracker:
    """Tracks the faces of one clip; its pictures come in order of time.

    Args:
        detector: finds new faces and verifies those that are tracked.
        mesh: tracks each face.
        max_faces: at most so many at once.
    """

    def __init__(self, detector: Detector, mesh: Mesh, *, max_faces: int = MAX_TRACKS) -> None:
        self._detector, self._mesh, self._max_faces = detector, mesh, max_faces
        self._cuts = SceneCutDetector()
        self._tracks: list[_Track] = []
        self._count = 0
        self._frames_to_check = 0
        self._frames_to_small_faces = 0

    def observations(self, picture: Picture, time_s: float) -> list[Observation]:
        """The faces of the next picture, each with the number of its track."""
        if self._cuts.is_cut(picture):
            self._tracks.clear()
            self._frames_to_check = self._frames_to_small_faces = 0
        self._tracks = [track for track in self._tracks if time_s - track.seen_s <= MAX_LOST_S]
        for track in self._live():
            self._follow(track, picture, time_s)
        self._drop_doubles()
        if self._is_check_due():
            self._check(picture, time_s)
        return [Observation(track=track.number, points=track.points, score=track.score) for track in self._live()]

    def _live(self) -> list[_Track]:
        return [track for track in self._tracks if track.is_live]

    def _follow(self, track: _Track, picture: Picture, time_s: float) -> None:
        points, score = self._mesh.points(picture, regions.of_points(track.points))
        if score < MIN_SCORE or not _is_inside(points, picture) or not self._is_plausible(track.points, points, picture):
            track.is_live = False
            self._frames_to_check = 0
        else:
            track.points, track.score, track.seen_s = points, score, time_s

    def _is_plausible(self, before: Float32[ndarray, "468 2"], now: Float32[ndarray, "468 2"], picture: Picture) -> bool:
        """Whether the points moved as a face does from frame to frame; a leap is believed when the detector verifies a face there."""
        return _leap_px(before, now) < MAX_LEAP * side_px(bounding_box(before)) or self._detector.verifies(picture, regions.of_points(now))

    def _drop_doubles(self) -> None:
        """Of two tracks on one face the older stays."""
        live = self._live()
        doubles = {id(late) for place, late in enumerate(live) for early in live[:place] if iou(early.box, late.box) > 1 - MIN_IOU}
        self._tracks = [track for track in self._tracks if id(track) not in doubles]

    def _is_check_due(self) -> bool:
        """Whether this frame is checked; counts it."""
        due = self._frames_to_check <= 0 or any(track.failed_checks for track in self._tracks)
        self._frames_to_check -= 1
        self._frames_to_small_faces -= 1
        return due

    def _check(self, picture: Picture, time_s: float) -> None:
        detections = self._detector.find_large(picture)
        if not detections and not self._live() and self._frames_to_small_faces <= 0:
            detections = self._detector.find_small(picture)
            self._frames_to_small_faces = CHECK_FRAMES
        for track in self._live():
            self._verify(track, picture, detections)
        for face in detections:
            self._add_track(face, picture, time_s)
        all_live = self._tracks and all(track.is_live for track in self._tracks)
        # The next frame sees this number, each further one a lower one, and at 0 a check is due.
        self._frames_to_check = CHECK_FRAMES - 1 if all_live else RECHECK_FRAMES - 1

    def _verify(self, track: _Track, picture: Picture, detections: list[Detection]) -> None:
        is_detected = any(iou(face.box, track.box) > MIN_IOU for face in detections)
        if is_detected or self._detector.verifies(picture, regions.of_points(track.points)):
            track.failed_checks = 0
        else:
            track.failed_checks += 1
            track.is_live = track.failed_checks < MAX_FAILED_CHECKS

    def _add_track(self, face: Detection, picture: Picture, time_s: float) -> None:
        """Track a detected face that no live track has: as the lost track that was there, else as a new one."""
        live = self._live()
        if len(live) >= self._max_faces or any(iou(face.box, track.box) > MIN_IOU / 2 for track in live):
            return
        found = self._first_points(face, picture)
        if found is None:
            return
        points, score = found
        lost = [track for track in self._tracks if not track.is_live and _is_near(track.points, points)]
        if lost:
            track = max(lost, key=lambda track: iou(track.box, face.box))
            track.points, track.score, track.seen_s = points, score, time_s
            track.is_live, track.failed_checks = True, 0
        else:
            self._tracks.append(_Track(number=self._count, points=points, score=score, seen_s=time_s))
            self._count += 1

    def _first_points(self, face: Detection, picture: Picture) -> tuple[Float32[ndarray, "468 2"], float] | None:
        """FaceMesh's points and its score; None where it finds no face, or another one."""
        region = regions.of_detection(face)
        for _ in range(FIRST_PASSES):
            points, score = self._mesh.points(picture, region)
            if score < MIN_SCORE:
                return None
            region = regions.of_points(points)
        return (points, score) if iou(face.box, bounding_box(points)) > MIN_IOU else None


def _leap_px(before: Float32[ndarray, "468 2"], now: Float32[ndarray, "468 2"]) -> float:
    """How far most points moved: the median, by a partition, which takes a third of the time of numpy's own."""
    distances_px = np.hypot(*(now - before).T)
    return float(np.partition(distances_px, len(distances_px) // 2)[len(distances_px) // 2])


def _is_inside(points: Float32[ndarray, "468 2"], picture: Picture) -> bool:
    """Whether the middle of the face lies in the picture."""
    x, y = box_centre(bounding_box(points))
    return bool(0 <= x < picture.width and 0 <= y < picture.height)


def _is_near(before: Float32[ndarray, "468 2"], now: Float32[ndarray, "468 2"]) -> bool:
    """Whether the centre moved by less than the face's own size, and the size by less than twice."""
    size_before, size_now = side_px(bounding_box(before)), side_px(bounding_box(now))
    x, y = (before - now).mean(axis=0)
    return bool((x * x + y * y) ** 0.5 < size_before and 0.5 < size_now / size_before < 2)
