"""Where the faces are in one picture: YuNet."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, UInt8
from numpy import ndarray

from avemo_core import weights

COPY_WIDTH_PX: Final = 320
"""Width of the copy that is searched first; narrower pictures are searched as they are."""
MAX_SIDE_PX: Final = 1280
"""The second, closer look is taken at most at this size, which bounds its time on 4K."""
MIN_SCORE: Final = 0.6
OVERLAP: Final = 0.3
"""Boxes that overlap more than this (intersection over union) are one face."""
MAX_FACES: Final = 32


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Found:
    """One detected face, in pixels of the picture."""

    box: Float32[ndarray, "4"]
    """Left, top, right, bottom."""
    eyes: Float32[ndarray, "2 2"]
    """Centres of the eyes, the one on the picture's left (for an upright face) first; x, y."""
    score: float

    @property
    def side_px(self) -> float:
        """The longer side of the box."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))


class Detector:
    """YuNet on a small copy of the picture, and on the picture itself when that shows nothing.

    Args:
        path: the model file; None: the one in the model cache.
        min_score: faces below this score are not reported.

    Raises:
        ConfigError: the model file is missing or is another file.
    """

    def __init__(self, path: Path | None = None, *, min_score: float = MIN_SCORE) -> None:
        file = path or weights.path_of("yunet")
        self._net = cv2.FaceDetectorYN.create(str(file), "", (COPY_WIDTH_PX, COPY_WIDTH_PX), min_score, OVERLAP, MAX_FACES)

    def find(self, picture: UInt8[ndarray, "row column bgr"]) -> list[Found]:
        """All faces of the picture, largest first."""
        largest = max(picture.shape[:2])
        found = self._at(picture, min(1.0, COPY_WIDTH_PX / picture.shape[1]))
        if not found and picture.shape[1] > COPY_WIDTH_PX:
            found = self._at(picture, min(1.0, MAX_SIDE_PX / largest))
        return sorted(found, key=lambda face: -face.side_px)

    def _at(self, picture: UInt8[ndarray, "row column bgr"], scale: float) -> list[Found]:
        height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
        copy = picture if scale == 1.0 else cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        self._net.setInputSize((width, height))
        _, rows = self._net.detect(np.ascontiguousarray(copy))
        return [] if rows is None else [_found(row, picture.shape[1] / width, picture.shape[0] / height) for row in rows]


def _found(row: Float32[ndarray, "15"], x_scale: float, y_scale: float) -> Found:
    """One row of YuNet's answer: box (x, y, width, height), five points (eyes, nose, mouth corners), score."""
    scale = np.array([x_scale, y_scale], np.float32)
    corner, size = row[:2] * scale, row[2:4] * scale
    return Found(box=np.concatenate([corner, corner + size]), eyes=row[4:8].reshape(2, 2) * scale, score=float(row[14]))
