"""468 points of one face: FaceMesh."""

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from jaxtyping import Float32, UInt8
from numpy import ndarray

from avemo_core.faces import cutout
from avemo_core.faces.region import Region
from avemo_core.media.picture import Picture
from avemo_core.runtime import weights

INPUT_PX: Final = 192
POINTS: Final = 468
POINTS_OUTPUT: Final = "conv2d_20"
SCORE_OUTPUT: Final = "conv2d_30"
MIN_SCORE: Final = 0.9
"""Below this the region holds no face that FaceMesh knows; a face in view scores 0.999 and more, and the fall to zero is steep."""


class Mesh:
    """FaceMesh on an upright square of a picture, on one thread.

    Args:
        path: the model file; None: the one in the model cache.

    Raises:
        ConfigError: the model file is missing or is another file.
    """

    def __init__(self, path: Path | None = None) -> None:
        file = str(path or weights.path_of("facemesh"))
        with _quiet_stderr():
            self._net = Interpreter(model_path=file, num_threads=1)
            self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        outputs = {each["name"]: each["index"] for each in self._net.get_output_details()}
        self._points, self._score = outputs[POINTS_OUTPUT], outputs[SCORE_OUTPUT]

    def points(self, picture: Picture | UInt8[ndarray, "row column bgr"], region: Region) -> tuple[Float32[ndarray, "468 2"], float]:
        """The points in pixels of the picture (x, y), and the probability that the region holds a face."""
        to_picture = region.to_picture(INPUT_PX)
        square = cv2.cvtColor(cutout.square(picture, to_picture, INPUT_PX), cv2.COLOR_BGR2RGB)
        np.multiply(square, np.float32(1 / 255), out=self._net.tensor(self._input)()[0])
        self._net.invoke()
        in_square = self._net.get_tensor(self._points).reshape(POINTS, 3)[:, :2]
        in_picture = in_square @ to_picture[:, :2].T + to_picture[:, 2]
        return in_picture.astype(np.float32), _sigmoid(self._net.get_tensor(self._score).item())


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(min(-logit, 700.0)))


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Drop what is written to the process's standard error: LiteRT announces its delegate there and has no switch for it."""
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
