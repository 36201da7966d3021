"""How far a last digit of a detected box takes the points of a face that is followed from it, in shares of the face's side.

    OMP_NUM_THREADS=1 python benchmarks/detection_drift.py CLIP ...

Each clip is followed with YuNet by LiteRT, by OpenCV, and by OpenCV with every side of a box moved by up to 4e-5 pixels at random: as
much as the two differ by.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.faces import detect
from avemo_core.faces.boxes import Detection
from avemo_core.faces.detect import MIN_SCORE, NMS_IOU, Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.faces.track import Observation, Tracker
from avemo_core.faces.yunet.detections import MAX_CANDIDATES
from avemo_core.media import decode
from avemo_core.media import source as sources
from avemo_core.runtime import threads, weights

MOVED_PX = 4e-5


class ByOpenCV(Detector):
    """Detects by OpenCV's own inference.

    Args:
        moved_px: sides of boxes are moved by up to so much.
    """

    def __init__(self, moved_px: float = 0.0) -> None:
        super().__init__()
        self._moved_px, self._draw = moved_px, np.random.default_rng(0)
        self._net = cv2.FaceDetectorYN.create(str(weights.path_of("yunet")), "", (160, 160), MIN_SCORE, NMS_IOU, MAX_CANDIDATES)

    def _detections(self, net: object, picture: object, width_px: int) -> list[Detection]:  # noqa: ARG002 - ours is another
        copy, scale = detect._copy(picture, width_px)  # noqa: SLF001 - the same copy is looked at
        self._net.setInputSize(copy.shape[1::-1])
        rows = self._net.detect(copy)[1]
        return sorted((self._of_row(row, scale) for row in (() if rows is None else rows)), key=lambda face: -face.side_px)

    def _of_row(self, row: np.ndarray, scale: np.ndarray) -> Detection:
        corner, size = row[:2] * scale, row[2:4] * scale
        moved = np.concatenate([corner, corner + size]) + self._draw.uniform(-self._moved_px, self._moved_px, 4)
        return Detection(box=moved.astype(np.float32), eyes=row[4:8].reshape(2, 2) * scale, score=float(row[14]))


def main() -> None:
    """Print a line for each clip, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+")
    threads.use_one()
    drifts: dict[str, list[np.ndarray]] = {"LiteRT": [], f"OpenCV, moved by {MOVED_PX:g} px": []}
    for path in parser.parse_args().clips:
        by_opencv = _followed(path, ByOpenCV())
        others = (_followed(path, Detector()), _followed(path, ByOpenCV(MOVED_PX)))
        for (by, found), other in zip(drifts.items(), others, strict=True):
            found.append(_drift(by_opencv, other))
            print(f"{path}, {by}: {_said(found[-1])}; the same pictures with a face: {by_opencv.keys() == other.keys()}", flush=True)
    for by, found in drifts.items():
        print(f"all, {by}: {_said(np.concatenate(found))}")


def _followed(path: str, detector: Detector) -> dict[tuple[int, int], Observation]:
    """By number of the picture and of the track."""
    tracker, found = Tracker(detector, Mesh()), {}
    with sources.opened(path) as source, decode.recording(source) as recording:
        for number, frame in enumerate(recording.frames()):
            found |= {(number, face.track): face for face in tracker.observations(frame.picture, frame.time_s)}
    return found


def _drift(one: Mapping[tuple[int, int], Observation], other: Mapping[tuple[int, int], Observation]) -> np.ndarray:
    """Of each face in each picture, the point that moved most, in shares of the face's side."""
    both = one.keys() & other.keys()
    return np.array([np.linalg.norm(one[at].points - other[at].points, axis=1).max() / one[at].side_px for at in both])


def _said(drift: np.ndarray) -> str:
    return f"the point of a face that moves most, by {np.median(drift):.5f} of its side in the median, by {drift.max():.4f} at most"


if __name__ == "__main__":
    main()
