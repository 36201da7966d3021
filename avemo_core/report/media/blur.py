"""Make a face unrecognisable in a thumbnail."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, UInt8
from numpy import ndarray

MARGIN: Final = 0.5
"""The blurred region reaches past the detector's box by this share of its side, to every side: hair, ears and chin are in it."""
BLOCKS: Final = 5
"""The region is reduced to so many blocks across before it is smoothed; no one is recognised at that size."""


def blurred(picture: UInt8[ndarray, "row column bgr"], boxes_px: Sequence[Float32[ndarray, "4"]]) -> UInt8[ndarray, "row column bgr"]:
    """A copy with every box blurred generously; without boxes the whole picture is blurred, since a face may have been missed.

    Args:
        picture: the picture the boxes were found in.
        boxes_px: left, top, right, bottom of each face.
    """
    height, width = picture.shape[:2]
    result = picture.copy()
    for left, top, right, bottom in boxes_px or [np.array([0, 0, width, height], np.float32)]:
        beyond = MARGIN * max(right - left, bottom - top)
        rows = slice(max(0, int(top - beyond)), min(height, int(np.ceil(bottom + beyond))))
        columns = slice(max(0, int(left - beyond)), min(width, int(np.ceil(right + beyond))))
        region = result[rows, columns]
        if region.size:
            result[rows, columns] = _smeared(region)
    return result


def _smeared(region: UInt8[ndarray, "row column bgr"]) -> UInt8[ndarray, "row column bgr"]:
    height, width = region.shape[:2]
    blocks = cv2.resize(region, (min(BLOCKS, width), min(BLOCKS, height)), interpolation=cv2.INTER_AREA)
    return cv2.resize(blocks, (width, height), interpolation=cv2.INTER_CUBIC)
