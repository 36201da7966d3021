"""Tracks: faces that FaceMesh follows from frame to frame, verified by the detector.

detected, and FaceMesh     FaceMesh loses it, its middle leaves the picture,
finds it there             it leaps, or it fails 3 checks, one a frame
       |                                    |
       +-----> live ------------------------+-----> lost ------> gone, 1 s after it was last live
                ^                                     |
                +---- detected again, near there -----+
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from avemo_core.faces import region as regions
from avemo_core.faces.boxes import Detection, bounding_box, box_centre, iou, side_px
from avemo_core.faces.detect import FaceFinder
from avemo_core.faces.mesh import MIN_SCORE, PointFinder
from avemo_core.faces.region import Region
from avemo_core.media.picture import Picture

MAX_FAILED_CHECKS: Final = 3
"""A track that fails so many checks, one a frame, is lost."""
MAX_LOST_S: Final = 1.0
"""A face detected again within this time, near where it was, keeps its track."""
MIN_IOU: Final = 0.3
"""Boxes of one face overlap at least this much (intersection over union)."""
FIRST_PASSES: Final = 2
"""FaceMesh runs so often on a new face: the detector's box is only a rough region."""
MAX_LEAP: Final = 0.08
"""From frame to frame a point moves less than this share of the face's side; what moves further is checked at once."""


class FacePoints(NamedTuple):
    """What FaceMesh says of one picture."""

    points: Float32[ndarray, "468 2"]
    box: Float32[ndarray, "4"]
    """Of the points."""
    score: float


@dataclass(kw_only=True, slots=True, eq=False)
class Track:
    """One face, followed."""

    number: int
    points: Float32[ndarray, "468 2"]
    """Where the face was last."""
    box: Float32[ndarray, "4"]
    """Left, top, right, bottom of the points."""
    score: float
    """FaceMesh's, there."""
    seen_s: float
    """When that was."""
    is_live: bool = True
    failed_checks: int = 0

    def move(self, found: FacePoints, time_s: float) -> None:
        """The face is here now."""
        self.points, self.box, self.score = found
        self.seen_s = time_s


class Tracks:
    """The tracks of a clip's faces; when they are checked is another's matter.

    Args:
        detector: verifies faces.
        mesh: follows them.
        numbers: of the tracks, in the order in which they begin.
    """

    def __init__(self, detector: FaceFinder, mesh: PointFinder, numbers: Iterator[int]) -> None:
        self._detector, self._mesh, self._numbers = detector, mesh, numbers
        self.all: list[Track] = []
        """Live and lost."""

    def live(self) -> list[Track]:
        """Those whose face is in the picture."""
        return [track for track in self.all if track.is_live]

    def follow(self, picture: Picture, time_s: float) -> bool:
        """Bring every live track to the next picture; says whether one was lost there."""
        self.all = [track for track in self.all if time_s - track.seen_s <= MAX_LOST_S]
        before = self.live()
        for track in before:
            self._follow(track, picture, time_s)
        self._drop_doubles()
        return not all(track.is_live for track in before)

    def verify(self, tracks: Sequence[Track], picture: Picture, detections: Sequence[Detection]) -> None:
        """Check tracks: a face was detected there, or is in an upright copy of the place."""
        for track in tracks:
            is_detected = any(iou(face.box, track.box) > MIN_IOU for face in detections)
            if is_detected or self._detector.verifies(picture, regions.of_points(track.points)):
                track.failed_checks = 0
            else:
                track.failed_checks += 1
                track.is_live = track.failed_checks < MAX_FAILED_CHECKS

    def add(self, face: Detection, picture: Picture, time_s: float, max_faces: int) -> bool:
        """Track a detected face that no live track has: as the lost track that was there, else as a new one.

        Returns:
            Whether a face is there for which there is no room, as so many are live already.
        """
        live = self.live()
        if any(iou(face.box, track.box) > MIN_IOU / 2 for track in live):
            return False
        found = self._first_found(face, picture)
        if found is None or len(live) >= max_faces:
            return found is not None
        lost = [track for track in self.all if not track.is_live and _is_near(track, found)]
        if lost:
            track = max(lost, key=lambda track: iou(track.box, face.box))
            track.move(found, time_s)
            track.is_live, track.failed_checks = True, 0
        else:
            self.all.append(Track(number=next(self._numbers), seen_s=time_s, **found._asdict()))
        return False

    def _follow(self, track: Track, picture: Picture, time_s: float) -> None:
        found = self._found(picture, regions.of_points(track.points))
        track.is_live = found.score >= MIN_SCORE and _is_inside(found.box, picture) and self._is_plausible(track, found, picture)
        if track.is_live:
            track.move(found, time_s)

    def _found(self, picture: Picture, region: Region) -> FacePoints:
        points, score = self._mesh.points(picture, region)
        return FacePoints(points, bounding_box(points), score)

    def _is_plausible(self, before: Track, now: FacePoints, picture: Picture) -> bool:
        """Whether the points moved as a face does from frame to frame; a leap is believed when the detector verifies a face there."""
        is_leap = _leap_px(before.points, now.points) >= MAX_LEAP * side_px(before.box)
        return not is_leap or self._detector.verifies(picture, regions.of_points(now.points))

    def _drop_doubles(self) -> None:
        """Of two tracks on one face the older stays."""
        live = self.live()
        doubles = {id(late) for place, late in enumerate(live) for early in live[:place] if iou(early.box, late.box) > 1 - MIN_IOU}
        self.all = [track for track in self.all if id(track) not in doubles]

    def _first_found(self, face: Detection, picture: Picture) -> FacePoints | None:
        """What FaceMesh says; None where it finds no face, or another one."""
        region = regions.of_detection(face)
        for _ in range(FIRST_PASSES):
            found = self._found(picture, region)
            if found.score < MIN_SCORE:
                return None
            region = regions.of_points(found.points)
        return found if iou(face.box, found.box) > MIN_IOU else None


def _leap_px(before: Float32[ndarray, "468 2"], now: Float32[ndarray, "468 2"]) -> float:
    """How far most points moved: the median, by a partition, which takes a third of the time of numpy's own."""
    distances_px = np.hypot(*(now - before).T)
    return float(np.partition(distances_px, len(distances_px) // 2)[len(distances_px) // 2])


def _is_inside(box: Float32[ndarray, "4"], picture: Picture) -> bool:
    """Whether the middle of the face lies in the picture."""
    x, y = box_centre(box)
    return bool(0 <= x < picture.width and 0 <= y < picture.height)


def _is_near(before: Track, now: FacePoints) -> bool:
    """Whether the centre moved by less than the face's own size, and the size by less than twice."""
    size_before, size_now = side_px(before.box), side_px(now.box)
    x, y = (before.points - now.points).mean(axis=0)
    return bool((x * x + y * y) ** 0.5 < size_before and 0.5 < size_now / size_before < 2)
