"""When faces are searched for and verified, frame by frame; avemo_core.faces.tracks says what becomes of each.

The main face is one of the **leading** faces: at most four, the largest that a search of a small copy of the picture finds, or of a
larger copy where that shows none. A check searches and verifies every live one of them:

    every 15 frames     while there are tracks and all are live
    every 3 frames      while there is no track, or one is lost
    every frame         while a track has failed its last check
    at once             when FaceMesh loses a track, and after a scene cut, at which every track is gone

Where they are asked for, faces **beside** them are tracked too: a fifth and further, and those too small for that search. What is done
for them changes nothing for the leading ones. They are searched for in a copy of half the width, which takes 8 ms at 720p where a frame
takes 5, at those checks above that come after

    0.6 s                  while there are such faces
    4.8, 9.6, 9.6 ... s    while there are none
    nothing                at the start, and after a scene cut
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import inf
from typing import Final

from jaxtyping import Float32
from numpy import ndarray

from avemo_core.faces.boxes import Detection, box_centre, iou, side_px
from avemo_core.faces.detect import COPY_WIDTH_PX, FaceFinder
from avemo_core.faces.mesh import PointFinder
from avemo_core.faces.scene_cut import SceneCutDetector
from avemo_core.faces.tracks import MIN_IOU, Track, Tracks
from avemo_core.media.picture import Picture

CHECK_FRAMES: Final = 15
"""From check to check while all leading tracks are live."""
RECHECK_FRAMES: Final = 3
"""From check to check while there is no leading track, or one is lost."""
MAX_LEADING: Final = 4
"""At most so many faces lead at once, the largest first."""
BESIDE_SEARCH_S: Final = 0.6
"""From search to search for faces beside, while there are some."""
FIRST_WAIT_S: Final = 4.8
"""To the next search, where the first found none; each further wait is twice the one before."""
LONGEST_WAIT_S: Final = 9.6
MIN_GAIN: Final = 1.5
"""Where the picture is not so many times as wide as the small one, it shows no face that the small one does not."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Observation:
    """One face in one frame."""

    track: int
    """Number of the track, from 0 in the order in which they began."""
    points: Float32[ndarray, "468 2"]
    """In pixels of the picture."""
    box: Float32[ndarray, "4"]
    """Left, top, right, bottom of the points."""
    score: float
    """FaceMesh's probability that it is a face."""
    is_beside: bool = False
    """Whether it is none of the leading faces."""

    @property
    def side_px(self) -> float:
        """The longer side of the points' box."""
        return side_px(self.box)


class Tracker:
    """Tracks the faces of one clip; its pictures come in order of time.

    Args:
        detector: finds new faces and verifies those that are tracked.
        mesh: tracks each face.
        max_faces: at most so many at once; only `with_beside` there are more than `MAX_LEADING`.
        with_beside: whether faces beside the leading ones are looked for.
    """

    def __init__(self, detector: FaceFinder, mesh: PointFinder, *, max_faces: int = MAX_LEADING, with_beside: bool = False) -> None:
        numbers = count()
        self._cuts = SceneCutDetector()
        self._detector, self._max_leading = detector, min(max_faces, MAX_LEADING)
        self._leading = Tracks(detector, mesh, numbers)
        self._beside = _Beside(detector, Tracks(detector, mesh, numbers), max_faces) if with_beside else None
        self._frames_to_check = 0
        self._frames_to_small_faces = 0
        self._untracked = 0

    @property
    def untracked(self) -> int:
        """How many more faces were seen at the last search than there is room for."""
        return self._untracked if self._beside is None else self._beside.untracked

    def observations(self, picture: Picture, time_s: float) -> list[Observation]:
        """The faces of the next picture, each with the number of its track."""
        is_cut = self._cuts.is_cut(picture)
        if is_cut:
            self._leading.all.clear()
            self._frames_to_check = self._frames_to_small_faces = self._untracked = 0
        if self._leading.follow(picture, time_s):
            self._frames_to_check = 0
        detections = self._check(picture, time_s) if self._is_check_due() else None
        beside = [] if self._beside is None else self._beside.tracks_at(picture, time_s, self._leading, detections, is_cut=is_cut)
        return [*_observations(self._leading.live()), *_observations(beside, is_beside=True)]

    def _is_check_due(self) -> bool:
        """Whether this frame is checked; counts it."""
        due = self._frames_to_check <= 0 or any(track.failed_checks for track in self._leading.all)
        self._frames_to_check -= 1
        self._frames_to_small_faces -= 1
        return due

    def _check(self, picture: Picture, time_s: float) -> list[Detection]:
        """Search, verify and add; gives what was detected."""
        detections = self._detector.find_large(picture)
        if not detections and not self._leading.live() and self._frames_to_small_faces <= 0:
            detections = self._detector.find_small(picture)
            self._frames_to_small_faces = CHECK_FRAMES
        self._leading.verify(self._leading.live(), picture, detections)
        self._untracked = sum([self._leading.add(face, picture, time_s, self._max_leading) for face in detections])
        all_live = self._leading.all and all(track.is_live for track in self._leading.all)
        # The next frame sees this number, each further one a lower one, and at 0 a check is due.
        self._frames_to_check = CHECK_FRAMES - 1 if all_live else RECHECK_FRAMES - 1
        return detections


class _Beside:
    """The faces beside the leading ones, which are only read here."""

    def __init__(self, detector: FaceFinder, tracks: Tracks, max_faces: int) -> None:
        self._detector, self._tracks, self._max_faces = detector, tracks, max_faces
        self._next_search_s, self._wait_s = -inf, FIRST_WAIT_S
        self.untracked = 0

    def tracks_at(
        self, picture: Picture, time_s: float, leading: Tracks, detections: Sequence[Detection] | None, *, is_cut: bool
    ) -> list[Track]:
        """The live tracks at the next picture.

        Args:
            picture: the next one.
            time_s: its time.
            leading: the leading faces there.
            detections: what the search for leading faces found there; None: there was none.
            is_cut: whether a scene begins.
        """
        if is_cut:
            self._tracks.all.clear()
            self._next_search_s, self._wait_s, self.untracked = -inf, FIRST_WAIT_S, 0
        self._tracks.follow(picture, time_s)
        self._tracks.all = [track for track in self._tracks.all if not _is_on(track.box, leading.live())]
        self._tracks.verify([track for track in self._tracks.live() if track.failed_checks], picture, [])
        if detections is not None and time_s >= self._next_search_s:
            self._search(picture, time_s, leading, detections)
        return self._tracks.live()

    def _search(self, picture: Picture, time_s: float, leading: Tracks, detections: Sequence[Detection]) -> None:
        found = self._found(picture, leading, detections)
        self._tracks.verify(self._tracks.live(), picture, found)
        room = max(0, self._max_faces - len(leading.live()))
        self.untracked = sum([self._tracks.add(face, picture, time_s, room) for face in found])
        wait_s = BESIDE_SEARCH_S if self._tracks.all else self._wait_s
        self._wait_s = FIRST_WAIT_S if self._tracks.all else min(2 * self._wait_s, LONGEST_WAIT_S)
        self._next_search_s = time_s + wait_s

    def _found(self, picture: Picture, leading: Tracks, detections: Sequence[Detection]) -> list[Detection]:
        """Faces that do not lead, nor will once there is a face where the detector saw one."""
        has_room = len(leading.live()) < MAX_LEADING
        if has_room and picture.width < MIN_GAIN * COPY_WIDTH_PX:
            return []
        to_lead = [face.box for face in detections] if has_room else []
        found = self._detector.find_beside(picture)
        return [face for face in found if not _is_on(face.box, leading.all) and all(iou(face.box, other) <= MIN_IOU for other in to_lead)]


def _observations(tracks: Sequence[Track], *, is_beside: bool = False) -> list[Observation]:
    return [Observation(track=track.number, points=track.points, box=track.box, score=track.score, is_beside=is_beside) for track in tracks]


def _is_on(box: Float32[ndarray, "4"], tracks: Sequence[Track]) -> bool:
    """Whether a box is of one of these faces, or of a part of one: at a large size the detector takes an eye and a cheek for a face."""
    x, y = box_centre(box)
    for track in tracks:
        left, top, right, bottom = track.box.tolist()
        if iou(box, track.box) > MIN_IOU / 2 or (left <= x < right and top <= y < bottom):
            return True
    return False
