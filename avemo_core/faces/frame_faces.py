"""The faces of a clip, frame by frame, and which of their tracks is the main one.

With a region, the main face is one whose box has its centre there in more than half of the frames that show it. So faces that stand
across the border belong to the side where their middle is, and two regions that touch share no face:

    0                  0.5                  1      two halves, [0, 0.5) and [0.5, 1)
    |     [ A ]     [ B | ]                 |      A and B are the left one's: the middle of B is left of 0.5
    |               [ B'| ]- - ->           |      and stay so, in all frames, while they cross for a moment
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from jaxtyping import Float16, Float32, UInt8
from numpy import ndarray

from avemo_core.faces import chip as chips
from avemo_core.faces import landmarks as schemes
from avemo_core.faces.boxes import box_centre, shares
from avemo_core.faces.detect import FaceFinder
from avemo_core.faces.mesh import PointFinder
from avemo_core.faces.template import CHIP, Template
from avemo_core.faces.track import MAX_LEADING, Tracker
from avemo_core.media.recording import Frame

PictureRegion = tuple[float, float, float, float]
"""Left, top, right, bottom of a part of the picture, as shares of its width and height."""

MAX_FACES: Final = 16
"""So many faces are tracked at once where those beside the leading ones are wanted, unless told otherwise."""
PERSISTENT_SHARE: Final = 0.2
"""A face in fewer of the frames is a passer-by."""


@dataclass(kw_only=True, slots=True, eq=False)
class Face:
    """One face in one frame; its appearance replaces its chip once the network has read it."""

    track: int
    landmarks: Float32[ndarray, "49 2"]
    """In pixels of the picture."""
    box: Float32[ndarray, "4"]
    """Left, top, right, bottom of FaceMesh's points, in pixels of the picture; it may reach over the edge."""
    score: float
    """FaceMesh's probability that it is a face."""
    side_px: float
    """The longer side of the box."""
    is_beside: bool = False
    """Whether it is none of the leading faces (avemo_core.faces.track)."""
    chip: UInt8[ndarray, "side side rgb"] | None = None
    appearance: Float16[ndarray, " selected"] | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FrameFaces:
    """One frame and its faces."""

    time_s: float
    faces: Sequence[Face]
    width: int
    height: int
    """Of the picture, in pixels."""
    untracked: int = 0
    """How many more faces were seen than are tracked at once."""

    def face(self, track: int | None) -> Face | None:
        """The face of this track, if it is in the frame."""
        return next((face for face in self.faces if face.track == track), None)

    def is_in(self, face: Face, region: PictureRegion) -> bool:
        """Whether the centre of the face's box lies in the region, a half-open range of each axis."""
        x, y = box_centre(face.box)
        left, top, right, bottom = region
        return left <= (x + 0.5) / self.width < right and top <= (y + 0.5) / self.height < bottom

    def box_shares(self, face: Face) -> Float32[ndarray, "4"]:
        """Left, top, right, bottom of a face, as shares of the picture."""
        return shares(face.box, self.width, self.height)


class FaceObserver:
    """Detects and tracks the faces of a clip's frames, one frame after another.

    Args:
        detector: finds faces.
        mesh: tracks them.
        chip_px: side of the chips that the network takes.
        template: where they have the face.
        max_faces: None: leading faces alone are tracked, four at most; a number: those beside them too, so many together.
    """

    def __init__(
        self,
        detector: FaceFinder,
        mesh: PointFinder,
        *,
        chip_px: int = chips.SIDE_PX,
        template: Template = CHIP,
        max_faces: int | None = None,
    ) -> None:
        # Which faces lead, and so which is the main one, must not hang on how many are wanted.
        at_once = max(max_faces or 0, MAX_LEADING)
        self._tracker = Tracker(detector, mesh, max_faces=at_once, with_beside=max_faces is not None)
        self._chip_px, self._template = chip_px, template

    def observe(self, frame: Frame, *, with_chips: bool = True) -> FrameFaces:
        """The faces of the next frame, with their chips."""
        faces = []
        for observation in self._tracker.observations(frame.picture, frame.time_s):
            landmarks = schemes.of(observation.points)
            chip = chips.of(frame.picture, landmarks, self._chip_px, self._template) if with_chips else None
            face = Face(
                track=observation.track,
                landmarks=landmarks,
                box=observation.box,
                score=observation.score,
                side_px=observation.side_px,
                is_beside=observation.is_beside,
                chip=chip,
            )
            faces.append(face)
        size = frame.picture.width, frame.picture.height
        return FrameFaces(time_s=frame.time_s, faces=faces, width=size[0], height=size[1], untracked=self._tracker.untracked)


def main_track(frames: Iterable[FrameFaces], region: PictureRegion | None = None) -> int | None:
    """The track in most frames, the larger face among equals; None without a face.

    Args:
        frames: of the segment.
        region: where the main face is, as shares of the picture; None: anywhere, and the main face is a leading one. Within a
            region a face beside them may be the main one, where no leading face is there for a fifth of the frames.
    """
    frames = list(frames)
    if region is None:
        return _longest(_faces_by_track(frames), lambda face: not face.is_beside)
    there = {track: faces for track, faces in _faces_by_track(frames).items() if track in _tracks_in(frames, region)}
    persistent = {track: faces for track, faces in there.items() if len(faces) >= PERSISTENT_SHARE * len(frames)}
    leading = _longest(persistent, lambda face: not face.is_beside)
    return _longest(there, lambda _: True) if leading is None else leading


def _longest(tracks: Mapping[int, Sequence[Face]], may_be_main: Callable[[Face], bool]) -> int | None:
    sides = {track: [face.side_px for face in faces] for track, faces in tracks.items() if may_be_main(faces[0])}
    return max(sides, key=lambda track: (len(sides[track]), fmean(sides[track])), default=None)


def _faces_by_track(frames: Iterable[FrameFaces]) -> dict[int, list[Face]]:
    found: defaultdict[int, list[Face]] = defaultdict(list)
    for frame_faces in frames:
        for face in frame_faces.faces:
            found[face.track].append(face)
    return found


def _tracks_in(frames: Iterable[FrameFaces], region: PictureRegion) -> set[int]:
    """The tracks whose boxes have their centres in the region in more than half of their frames."""
    inside: Counter[int] = Counter()
    for frame_faces in frames:
        for face in frame_faces.faces:
            inside[face.track] += 1 if frame_faces.is_in(face, region) else -1
    return {track for track, excess in inside.items() if excess > 0}


def persistent_tracks(frames: Sequence[FrameFaces]) -> list[int]:
    """The tracks in a fifth of the frames or more, the longest first."""
    lengths = Counter(face.track for frame_faces in frames for face in frame_faces.faces)
    return [track for track, count in lengths.most_common() if count >= PERSISTENT_SHARE * len(frames)]


def faces_max(frames: Iterable[FrameFaces]) -> int:
    """The most faces seen in one frame, tracked or not."""
    return max((len(frame_faces.faces) + frame_faces.untracked for frame_faces in frames), default=0)
