"""Whether a scene cut lies between two pictures."""

from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from avemo_core.media.picture import Picture

THUMBNAIL: Final = (16, 12)
MAX_CORRELATION: Final = 0.5
"""Pictures of one scene correlate more than this from frame to frame, also when a light goes on."""
MIN_DIFFERENCE: Final = 10.0
"""Mean change of the luma, of 255; correlation alone says little about plain pictures."""


class SceneCutDetector:
    """Compares each picture's luma, shrunk to a thumbnail, with that of the picture before."""

    def __init__(self) -> None:
        self._last: Float32[ndarray, "row column"] | None = None

    def is_cut(self, picture: Picture) -> bool:
        """Whether this picture begins another scene than the one before; the first does not."""
        now = cv2.resize(picture.coarse_brightness(), THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float32)
        last, self._last = self._last, now
        return last is not None and float(np.abs(now - last).mean()) > MIN_DIFFERENCE and correlation(now, last) < MAX_CORRELATION


def correlation(a: Float32[ndarray, "row column"], b: Float32[ndarray, "row column"]) -> float:
    """Pearson's correlation of two images; 0 when one of them is plain."""
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 0 else 0.0
