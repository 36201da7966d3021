"""The faces of a clip, frame by frame, and which of their tracks is the main one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from jaxtyping import Float16, Float32, UInt8
from numpy import ndarray

from avemo_core.faces import chip as chips
from avemo_core.faces import landmarks as schemes
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.faces.track import Tracker
from avemo_core.media.recording import Frame

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
    chip: UInt8[ndarray, "side side rgb"] | None = None
    appearance: Float16[ndarray, " selected"] | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FrameFaces:
    """One frame and its faces."""

    time_s: float
    faces: Sequence[Face]

    def face(self, track: int | None) -> Face | None:
        """The face of this track, if it is in the frame."""
        return next((face for face in self.faces if face.track == track), None)


class FaceObserver:
    """Detects and tracks the faces of a clip's frames, one frame after another.

    Args:
        detector: finds faces.
        mesh: tracks them.
        chip_px: side of the chips that the network takes.
    """

    def __init__(self, detector: Detector, mesh: Mesh, *, chip_px: int = chips.SIDE_PX) -> None:
        self._tracker = Tracker(detector, mesh)
        self._chip_px = chip_px

    def observe(self, frame: Frame, *, with_chips: bool = True) -> FrameFaces:
        """The faces of the next frame, with their chips."""
        faces = []
        for observation in self._tracker.observations(frame.picture, frame.time_s):
            landmarks = schemes.of(observation.points)
            chip = chips.of(frame.picture, landmarks, self._chip_px) if with_chips else None
            face = Face(
                track=observation.track,
                landmarks=landmarks,
                box=observation.box,
                score=observation.score,
                side_px=observation.side_px,
                chip=chip,
            )
            faces.append(face)
        return FrameFaces(time_s=frame.time_s, faces=faces)


def main_track(frames: Iterable[FrameFaces]) -> int | None:
    """The track in most frames, the larger face among equals; None without a face."""
    sides: defaultdict[int, list[float]] = defaultdict(list)
    for frame_faces in frames:
        for face in frame_faces.faces:
            sides[face.track].append(face.side_px)
    return max(sides, key=lambda track: (len(sides[track]), fmean(sides[track])), default=None)


def persistent_tracks(frames: Sequence[FrameFaces]) -> list[int]:
    """The tracks in a fifth of the frames or more, the longest first."""
    lengths = Counter(face.track for frame_faces in frames for face in frame_faces.faces)
    return [track for track, count in lengths.most_common() if count >= PERSISTENT_SHARE * len(frames)]


def faces_max(frames: Iterable[FrameFaces]) -> int:
    """The most faces in one frame."""
    return max((len(frame_faces.faces) for frame_faces in frames), default=0)
