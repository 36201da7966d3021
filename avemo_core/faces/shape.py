"""Face shape: a clip's landmarks, freed of where in the picture and how large the face is."""

import numpy as np
from jaxtyping import Bool, Float32
from numpy import ndarray

from schemas.features import SHAPE_WIDTH


def normalised(landmarks: Float32[ndarray, "t_v 49 2"], has_face: Bool[ndarray, " t_v"]) -> Float32[ndarray, "t_v width"]:
    """The landmarks less the clip's mean position, over the clip's scale; what is left is shape, pose and movement.

    The scale is the root mean square distance of a frame's landmarks from their own centre, over the clip's frames with
    a face. Both are taken once per clip, so that the movement of the head stays.

    Source: Chao et al. 2016, section 3.1.

    Args:
        landmarks: in pixels; what stands where there is no face is ignored.
        has_face: whether the frame has the face.

    Returns:
        x0, y0, x1, y1, ... a frame; zeros without a face.
    """
    shape = np.zeros((len(landmarks), SHAPE_WIDTH), np.float32)
    if has_face.any():
        present = landmarks[has_face]
        centred = present - present.mean(axis=(0, 1))
        scale = np.sqrt(np.mean(np.sum((present - present.mean(axis=1, keepdims=True)) ** 2, axis=2)))
        shape[has_face] = (centred / max(float(scale), 1e-6)).reshape(len(present), SHAPE_WIDTH)
    return shape
