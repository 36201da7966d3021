"""Which points make the triangles that carry a face: the mesh, the lips laid open, and rings around the head."""

from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from scipy.spatial import Delaunay

MESH_POINTS: Final = 468

LIP_RINGS: Final[tuple[tuple[int, ...], ...]] = (
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185),
    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 408, 304, 303, 302, 11, 72, 73, 74, 184),
    (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 407, 272, 271, 268, 12, 38, 41, 42, 183),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191),
)
"""Four rings around the mouth, outermost first: the right corner, along the lower lip, the left corner, back along the upper lip."""
LOWER_LIP: Final = slice(1, 10)
"""Places of a ring that lie on the lower lip, right to left."""
UPPER_LIP: Final = slice(11, 20)
"""Places of a ring that lie on the upper lip, left to right."""
CORNERS: Final = (0, 10)
"""Places of a ring at the right and the left corner."""

RING_SCALES: Final = (1.3, 1.75, 2.2, 2.9)
"""Half axes of the rings around the head over those of the face's box."""
RING_WEIGHTS: Final = (1.0, 0.85, 0.5, 0.0)
"""How much of the head's motion each ring follows; the last one stands still."""
RING_POINTS: Final = 24


def with_rings(face: Float[ndarray, "468 2"]) -> Float[ndarray, "vertex 2"]:
    """The mesh points, then the points of the rings around the head, in the same units."""
    low, high = face.min(axis=0), face.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    angle = np.linspace(0, 2 * np.pi, RING_POINTS, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    return np.concatenate([face, *(middle + scale * half * circle for scale in RING_SCALES)])


def head_weights() -> Float[ndarray, " vertex"]:
    """How much of the head's motion each vertex follows."""
    return np.concatenate([np.ones(MESH_POINTS), np.repeat(RING_WEIGHTS, RING_POINTS)])


def triangles(vertices: Float[ndarray, "vertex 2"]) -> Int[ndarray, "triangle 3"]:
    """Triangles over all vertices but the mouth's opening.

    A closed mouth's lips lie on one another, so triangulating their positions would sew them together and tear when the
    mouth opens. The lips are strips between their rings instead; only the rest goes by position.
    """
    lips_inside = {point for ring in LIP_RINGS[1:] for point in ring}
    others = np.array([vertex for vertex in range(len(vertices)) if vertex not in lips_inside])
    by_position = others[Delaunay(vertices[others]).simplices]
    outline = vertices[list(LIP_RINGS[0])].astype(np.float32)
    outside = [cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=False) < 0 for x, y in vertices[by_position].mean(axis=1)]
    return np.concatenate([by_position[outside], _lip_strips()]).astype(np.int64)


def _lip_strips() -> Int[ndarray, "triangle 3"]:
    """Two triangles for every pair of neighbours on two neighbouring lip rings."""
    strips = []
    for outer, inner in pairwise(LIP_RINGS):
        a, b = np.array(outer), np.array(inner)
        a_next, b_next = np.roll(a, -1), np.roll(b, -1)
        strips += [np.column_stack([a, a_next, b]), np.column_stack([a_next, b_next, b])]
    return np.concatenate(strips)
