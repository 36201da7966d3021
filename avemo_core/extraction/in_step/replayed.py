"""A mesh and a detector that answer from what a device has found ahead of them, and compute themselves what it has not.

A device that follows a face does not ask whether it is still there, and a tracker that decides face by face cannot feed a device. So the
device runs ahead, as if all went well, and the tracker goes the same way after it:

    device      region 0 -> points 0 -> region 1 -> points 1 -> region 2 -> points 2 ...     a block of frames
    tracker     asks for (picture 0, region 0), (picture 1, region 1), ...                   and finds the answers there

Where the tracker decides otherwise, as a face was lost or a new one is there, it asks at another place, and that is computed as without a
device. So decisions hang on values, as ever, and not on what the device ran ahead for.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from jaxtyping import Float32, UInt8
from numpy import ndarray

from avemo_core.faces.boxes import Detection
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.faces.region import Region
from avemo_core.media.picture import Picture

SAME_SHARE: Final = 1e-3
"""Regions that differ by less, of their side or in radians, are one: the device counts them in float32."""


class FoundPoints(NamedTuple):
    """What the mesh says of one region."""

    region: Region
    points: Float32[ndarray, "468 2"]
    score: float


class ReplayedMesh:
    """Answers as `Mesh` does (avemo_core.faces.mesh).

    Args:
        exact: computes what was not found ahead.

    Attributes:
        replayed: how many answers were there.
        computed: how many were not.
    """

    def __init__(self, exact: Mesh) -> None:
        self._exact = exact
        self._ahead = defaultdict[int, list[FoundPoints]](list)
        self._asked: list[FoundPoints] = []
        self._asked_of = 0
        self.replayed = self.computed = 0

    def know(self, picture: Picture, answer: FoundPoints) -> None:
        """Take note of what was found ahead; the picture must live until `forget`."""
        self._ahead[id(picture)].append(answer)

    def forget(self) -> None:
        """Drop all that was found ahead, and the latest answers: another picture may have the number of one that is gone."""
        self._ahead.clear()
        self._asked, self._asked_of = [], 0

    def latest(self, picture: Picture) -> list[FoundPoints]:
        """What was last answered, where that was of this picture."""
        return self._asked if self._asked_of == id(picture) else []

    def points(self, picture: Picture | UInt8[ndarray, "row column bgr"], region: Region) -> tuple[Float32[ndarray, "468 2"], float]:
        """The points in pixels of the picture (x, y), and the probability that the region holds a face."""
        found = next((answer for answer in self._ahead.get(id(picture), ()) if _is_same(answer.region, region)), None)
        if found is None:
            self.computed += 1
            found = FoundPoints(region, *self._exact.points(picture, region))
        else:
            self.replayed += 1
        if self._asked_of != id(picture):
            self._asked, self._asked_of = [], id(picture)
        self._asked.append(found)
        return found.points, found.score


class ReplayedDetector:
    """Answers as `Detector` does (avemo_core.faces.detect); of what it is asked, large faces alone are found ahead.

    Args:
        exact: computes what was not.
    """

    def __init__(self, exact: Detector) -> None:
        self._exact = exact
        self._ahead: dict[int, Sequence[Detection]] = {}

    def know(self, picture: Picture, detections: Sequence[Detection]) -> None:
        """Take note of the large faces found ahead; the picture must live until `forget`."""
        self._ahead[id(picture)] = detections

    def forget(self) -> None:
        """Drop all that was found ahead."""
        self._ahead.clear()

    def find_large(self, picture: Picture | UInt8[ndarray, "row column bgr"]) -> list[Detection]:
        """The faces found in a copy 320 pixels wide, largest first."""
        ahead = self._ahead.get(id(picture))
        return self._exact.find_large(picture) if ahead is None else list(ahead)

    def find_small(self, picture: Picture | UInt8[ndarray, "row column bgr"]) -> list[Detection]:
        """The faces found in a copy up to 960 pixels wide, largest first."""
        return self._exact.find_small(picture)

    def find_beside(self, picture: Picture) -> list[Detection]:
        """The faces found in a copy half as wide, within 640 and 960 pixels, largest first."""
        return self._exact.find_beside(picture)

    def verifies(self, picture: Picture | UInt8[ndarray, "row column bgr"], region: Region) -> bool:
        """Whether a face is detected in the upright copy of the region."""
        return self._exact.verifies(picture, region)


def _is_same(a: Region, b: Region) -> bool:
    px = SAME_SHARE * b.side_px
    return (
        abs(a.x_px - b.x_px) < px
        and abs(a.y_px - b.y_px) < px
        and abs(a.side_px - b.side_px) < px
        and abs(a.roll_rad - b.roll_rad) < SAME_SHARE
    )
