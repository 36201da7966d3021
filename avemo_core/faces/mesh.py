"""468 points of one face: FaceMesh.

Its networks answer in pixels of their input. A mirrored copy says where they count from: a point at u and its twin, found in the
mirrored copy at v, add up to 192.1 by that of MediaPipe 0.10.21 (benchmarks/mesh.py), so its 0 is the edge of the first pixel:

    pixel          |   0    |   1    |  ...  |  191   |
    network, u     0       1.0      2.0    191.0    192      twins: u + v = 192
    copy, u - 0.5     0.0      1.0               191.0       twins: 191, as an affine map counts (avemo_core.faces.region)
"""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, UInt8
from numpy import ndarray

from avemo_core.faces import cutout
from avemo_core.faces.landmarks import SCHEME, LandmarkScheme
from avemo_core.faces.region import Region
from avemo_core.media.picture import Picture
from avemo_core.runtime import litert, weights

INPUT_PX: Final = 192
POINTS: Final = 468
MIN_SCORE: Final = 0.9
"""Below this the region holds no face that FaceMesh knows; a face in view scores 0.999 and more, and the fall to zero is steep."""


@runtime_checkable
class PointFinder(Protocol):
    """Finds the points of faces: `Mesh`, and what answers as it does."""

    def points(self, picture: Picture | UInt8[ndarray, "row column bgr"], region: Region) -> tuple[Float32[ndarray, "468 2"], float]:
        """The points in pixels of the picture (x, y), and the probability that the region holds a face."""


class _Network(NamedTuple):
    """One of FaceMesh's networks: its model file, and what its outputs are called there."""

    file: str
    points: str
    score: str
    first_pixel: float
    """Where the middle of the input's first pixel lies in the points it answers."""


# The older network's twins add up to 191.5 with much noise, half a way between; its points stay as they always were.
_NETWORKS: Final[Mapping[LandmarkScheme, _Network]] = {
    "facemesh-ibug49": _Network("facemesh", "conv2d_20", "conv2d_30", 0.0),
    "facemesh-0.10.21-ibug49": _Network("facemesh-0.10.21", "conv2d_21", "conv2d_31", 0.5),
}


class Mesh:
    """FaceMesh on an upright square of a picture, on one thread.

    Args:
        scheme: whose landmarks are wanted, which says by which of its networks.

    Raises:
        ConfigError: the model file is missing or is another file.
    """

    def __init__(self, scheme: LandmarkScheme = SCHEME) -> None:
        network = _NETWORKS[scheme]
        self._net = litert.interpreter(weights.path_of(network.file))
        self._input = self._net.get_input_details()[0]["index"]
        outputs = {each["name"]: each["index"] for each in self._net.get_output_details()}
        self._points, self._score = outputs[network.points], outputs[network.score]
        self._first_pixel = np.float32(network.first_pixel)

    def points(self, picture: Picture | UInt8[ndarray, "row column bgr"], region: Region) -> tuple[Float32[ndarray, "468 2"], float]:
        """The points in pixels of the picture (x, y), and the probability that the region holds a face."""
        to_picture = region.to_picture(INPUT_PX)
        square = cutout.square_rgb(picture, to_picture, INPUT_PX)
        np.multiply(square, np.float32(1 / 255), out=self._net.tensor(self._input)()[0])
        self._net.invoke()
        in_square = self._net.get_tensor(self._points).reshape(POINTS, 3)[:, :2] - self._first_pixel
        in_picture = in_square @ to_picture[:, :2].T + to_picture[:, 2]
        return in_picture.astype(np.float32), _sigmoid(self._net.get_tensor(self._score).item())


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(min(-logit, 700.0)))
