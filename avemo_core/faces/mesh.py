"""468 points on one face: FaceMesh."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, UInt8
from numpy import ndarray

from avemo_core import weights
from avemo_core.faces import cutout
from avemo_core.faces.region import Region
from avemo_core.media.picture import Picture

INPUT_PX: Final = 192
POINTS: Final = 468
OUTPUTS: Final = ("conv2d_20", "conv2d_30")
"""Names of the layers that give the points and the face's score."""
MIN_SCORE: Final = 0.5
"""Below this the region holds no face that FaceMesh knows."""


class Mesh:
    """FaceMesh on an upright square of a picture.

    Args:
        path: the model file; None: the one in the model cache.

    Raises:
        ConfigError: the model file is missing or is another file.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._net = cv2.dnn.readNetFromTFLite(str(path or weights.path_of("facemesh")))

    def points(self, picture: Picture | UInt8[ndarray, "row column bgr"], region: Region) -> tuple[Float32[ndarray, "468 2"], float]:
        """The points in pixels of the picture (x, y), and the probability that the region holds a face."""
        to_picture = region.to_picture(INPUT_PX)
        square = cutout.square(picture, to_picture, INPUT_PX)
        self._net.setInput(cv2.dnn.blobFromImage(square, 1 / 255, swapRB=True))
        points, logit = self._net.forward(OUTPUTS)
        in_square = points.reshape(POINTS, 3)[:, :2]
        in_picture = in_square @ to_picture[:, :2].T + to_picture[:, 2]
        return in_picture.astype(np.float32), float(1 / (1 + np.exp(-logit.item())))
