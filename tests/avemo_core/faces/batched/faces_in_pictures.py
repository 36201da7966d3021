"""Pictures with faces, and what they are in planes."""

import cv2
import numpy as np
from numpy import ndarray
from skimage.data import astronaut

from avemo_core.faces.batched.pictures import Planes


def portrait(width: int = 512, height: int = 512) -> ndarray:
    """The portrait at this size, BGR."""
    return cv2.resize(np.ascontiguousarray(astronaut()[:, :, ::-1]), (width, height), interpolation=cv2.INTER_AREA)


def planes_of(bgr: ndarray) -> Planes:
    """Y, U, V of a picture with even sides."""
    height, width = bgr.shape[:2]
    flat, pixels = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420).reshape(-1), height * width
    y, u, v = np.split(flat, [pixels, pixels + pixels // 4])
    return y.reshape(height, width), u.reshape(height // 2, -1), v.reshape(height // 2, -1)
