"""Procrustes alignment: landmarks freed of the head's movement, every face rotated, scaled and shifted onto one reference face."""

import numpy as np
from jaxtyping import Float32


def procrustes(shape: Float32[np.ndarray, "t_v width"], reference: Float32[np.ndarray, " width"]) -> Float32[np.ndarray, "t_v width"]:
    """Bring each frame's landmarks as near to the reference as a similarity transform can (least squares).

    Points are complex numbers, x + iy, less their mean. One complex factor c then rotates by its angle and scales by its size; the
    one that makes |c z - r| least is <z, r> / <z, z>.

    Source: Procrustes analysis, e.g. Goodall 1991, "Procrustes methods in the statistical analysis of shape".

    Args:
        shape: x0, y0, x1, y1, ... a frame; zeros without a face, and they stay.
        reference: a face likewise.
    """
    faces, goal = _centred(shape), _centred(reference[None])[0]
    size = np.square(np.abs(faces)).sum(1)
    factor = (faces.conj() @ goal) / np.maximum(size, np.finfo(np.float32).tiny)
    aligned = factor[:, None] * faces
    return np.stack([aligned.real, aligned.imag], 2).reshape(shape.shape).astype(np.float32)


def _centred(shape: Float32[np.ndarray, "t_v width"]) -> np.ndarray:
    points = shape[:, 0::2] + 1j * shape[:, 1::2]
    centred: np.ndarray = points - points.mean(1, keepdims=True)
    return centred
