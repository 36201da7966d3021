"""From candidates to faces, as OpenCV's FaceDetectorYN has it."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from avemo_core.faces.boxes import Detection

MAX_CANDIDATES: Final = 32
"""So many places of a picture, the best, may be faces."""


def detections(
    of_picture: Float32[ndarray, "candidate value"], scale: Float32[ndarray, "2"], *, min_score: float, nms_iou: float
) -> list[Detection]:
    """The faces of one picture, largest first.

    Args:
        of_picture: its candidates, best first, brought to the CPU.
        scale: how many of the picture's pixels (x, y) one of the copy's is.
        min_score: faces below it are not reported.
        nms_iou: boxes that overlap more than this are one face.
    """
    likely = of_picture[of_picture[:, -1] >= min_score]
    found = [
        Detection(
            box=np.concatenate([row[:2], row[:2] + row[2:4]]) * np.tile(scale, 2), eyes=row[4:8].reshape(2, 2) * scale, score=float(row[-1])
        )
        for row in (likely[place] for place in _distinct(likely[:, :4], nms_iou))
    ]
    return sorted(found, key=lambda detection: -detection.side_px)


def _distinct(boxes: Float32[ndarray, "candidate 4"], nms_iou: float) -> Iterator[int]:
    """The places of the boxes that no better one has covered; boxes are left, top, width, height, best first."""
    # OpenCV compares boxes of whole pixels, cut off.
    whole = np.trunc(boxes).astype(np.float64)
    corners = np.concatenate([whole[:, :2], whole[:, :2] + whole[:, 2:]], axis=1)
    kept: list[int] = []
    for place, box in enumerate(corners):
        if all(_overlap(box, corners[other]) <= nms_iou for other in kept):
            kept.append(place)
            yield place


def _overlap(a: Sequence[float] | ndarray, b: Sequence[float] | ndarray) -> float:
    """Intersection over union; two empty boxes are one, as OpenCV has it."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(0.0, float(width)) * max(0.0, float(height))
    union = float((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])) - common
    return common / union if union > 0 else 1.0
