"""Face detection in one picture: YuNet."""

from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import cv2
import numpy as np
from jaxtyping import Float32, UInt8
from numpy import ndarray

from avemo_core.faces import cutout
from avemo_core.faces.boxes import Detection, iou
from avemo_core.faces.region import MARGIN, Region
from avemo_core.faces.yunet.detections import detections
from avemo_core.faces.yunet.network import YuNet
from avemo_core.media.picture import Picture

COPY_WIDTH_PX: Final = 320
"""Width of the copy that is searched first; narrower pictures are searched at their own size."""
SMALL_FACES_WIDTH_PX: Final = 960
"""At most this wide is the copy searched for small faces, which bounds its time on 4K."""
BESIDE_WIDTH_PX: Final = 640
"""So wide is the copy searched for faces beside larger ones, or half as wide as the picture where that is more. Of faces 28 pixels large
in a picture of 1280 nine in ten are found there, of 24 every other one, of 20 none."""
MIN_SCORE: Final = 0.6
NMS_IOU: Final = 0.3
"""Boxes that overlap more than this (intersection over union) are one face."""
UPRIGHT_PX: Final = 160
"""Side of the upright copy of a region in which a tracked face is verified."""
UPRIGHT_MARGIN: Final = 1.2


@runtime_checkable
class FaceFinder(Protocol):
    """Finds faces for a tracker: `Detector`, and what answers as it does."""

    def find_large(self, picture: Picture | UInt8[ndarray, "row column bgr"]) -> list[Detection]:
        """The faces found in a small copy, largest first."""

    def find_small(self, picture: Picture | UInt8[ndarray, "row column bgr"]) -> list[Detection]:
        """The faces found in a larger copy, largest first."""

    def find_beside(self, picture: Picture) -> list[Detection]:
        """The faces found in a copy between the two, largest first."""

    def verifies(self, picture: Picture | UInt8[ndarray, "row column bgr"], region: Region) -> bool:
        """Whether a face is in the region, and fills it as a tracked face does."""


class Detector:
    """YuNet on a small copy of the picture, and on a larger one when that shows nothing.

    Args:
        path: the model file; None: the one in the model cache.
        min_score: faces below this score are not reported.

    Raises:
        ConfigError: the model file is missing or is another file.
    """

    def __init__(self, path: Path | None = None, *, min_score: float = MIN_SCORE) -> None:
        self._min_score = min_score
        # One network for each use: room is made anew whenever the input's size changes.
        self._small, self._close, self._beside, self._upright = (YuNet(path) for _ in range(4))

    def find(self, picture: Picture | UInt8[ndarray, "row column bgr"]) -> list[Detection]:
        """All faces of the picture, largest first; small ones are searched for only when there is no large one."""
        return self.find_large(picture) or self.find_small(picture)

    def find_large(self, picture: Picture | UInt8[ndarray, "row column bgr"]) -> list[Detection]:
        """The faces found in a copy 320 pixels wide, largest first."""
        return self._detections(self._small, picture, COPY_WIDTH_PX)

    def find_small(self, picture: Picture | UInt8[ndarray, "row column bgr"]) -> list[Detection]:
        """The faces found in a copy up to 960 pixels wide, largest first; slow."""
        return self._detections(self._close, picture, SMALL_FACES_WIDTH_PX)

    def find_beside(self, picture: Picture) -> list[Detection]:
        """The faces found in a copy half as wide, within 640 and 960 pixels, largest first: half the time of `find_small` at 720p."""
        half = picture.width // 2 & ~1
        return self._detections(self._beside, picture, min(SMALL_FACES_WIDTH_PX, max(BESIDE_WIDTH_PX, half)))

    def verifies(self, picture: Picture | UInt8[ndarray, "row column bgr"], region: Region) -> bool:
        """Whether a face is detected in the upright copy of the region, and fills it as a tracked face does."""
        copy = cutout.square(picture, region.widened(UPRIGHT_MARGIN).to_picture(UPRIGHT_PX), UPRIGHT_PX)
        # A tracked face fills 1 / MARGIN of its region's side, and the region 1 / UPRIGHT_MARGIN of the copy's.
        half = UPRIGHT_PX / (MARGIN * UPRIGHT_MARGIN) / 2
        expected = np.array([-half, -half, half, half], np.float32) + np.float32(UPRIGHT_PX / 2)
        return any(iou(face.box, expected) > NMS_IOU for face in self._detections(self._upright, copy, UPRIGHT_PX))

    def _detections(self, net: YuNet, picture: Picture | UInt8[ndarray, "row column bgr"], width_px: int) -> list[Detection]:
        copy, scale = _copy(picture, width_px)
        return detections(net.candidates(copy, self._min_score), scale, min_score=self._min_score, nms_iou=NMS_IOU)


def _copy(
    picture: Picture | UInt8[ndarray, "row column bgr"], width_px: int
) -> tuple[UInt8[ndarray, "copy_row copy_column bgr"], Float32[ndarray, "2"]]:
    """The picture at most that wide, and how many of its pixels (x, y) one of the copy's is."""
    if isinstance(picture, Picture):
        copy, size = picture.small(width_px), (picture.width, picture.height)
    else:
        size = (picture.shape[1], picture.shape[0])
        height = max(1, round(size[1] * width_px / size[0]))
        copy = picture if size[0] <= width_px else cv2.resize(picture, (width_px, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(copy), np.array([size[0] / copy.shape[1], size[1] / copy.shape[0]], np.float32)
