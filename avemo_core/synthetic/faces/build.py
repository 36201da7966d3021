"""Give a portrait's face an actor's build: smooth changes of place, so that nothing folds."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from avemo_core.synthetic.faces.actors import Build
from avemo_core.synthetic.faces.portraits import LEFT_EYE, RIGHT_EYE

NOSE_TIP, NOSE_BASE = 4, 2
MOUTH_CORNERS = (61, 291)
INNER_EYES = (133, 362)


def built(vertices: Float[ndarray, "vertex 2"], build: Build) -> Float[ndarray, "vertex 2"]:
    """The vertices of a face of that build, in face units; the first 468 are the mesh."""
    eyes = [(vertices[RIGHT_EYE] + vertices[INNER_EYES[0]]) / 2, (vertices[LEFT_EYE] + vertices[INNER_EYES[1]]) / 2]
    nose, mouth = vertices[NOSE_TIP], vertices[list(MOUTH_CORNERS)].mean(axis=0)
    down = vertices[:, 1]
    moved = np.zeros_like(vertices)
    # Changes end towards the rings' edge, where the picture stands still.
    near = _bell(vertices, np.array([0.0, 0.35]), 1.1)
    moved[:, 0] += near * vertices[:, 0] * (build.face_width + build.jaw_width * _rising(down, 0.35, 0.95))
    moved[:, 1] += near * (down - 0.2).clip(0, 1.2) * build.lower_face
    for eye, side in zip(eyes, (-1, 1), strict=True):
        around = _bell(vertices, eye, 0.2)
        moved += around[:, None] * (vertices - eye) * build.eye_size
        moved[:, 0] += around * side * 0.5 * build.eye_distance
    moved += _bell(vertices, nose, 0.16)[:, None] * (vertices - nose) * build.nose_size
    moved[:, 0] += _bell(vertices, mouth, 0.3) * (vertices[:, 0] - mouth[0]) * build.mouth_width
    return np.asarray(vertices + moved)


def _bell(vertices: Float[ndarray, "vertex 2"], around: Float[ndarray, "2"], width: float) -> Float[ndarray, " vertex"]:
    return np.asarray(np.exp(-((vertices - around) ** 2).sum(axis=1) / (2 * width**2)))


def _rising(value: Float[ndarray, " vertex"], start: float, stop: float) -> Float[ndarray, " vertex"]:
    share = ((value - start) / (stop - start)).clip(0, 1)
    return np.asarray(share * share * (3 - 2 * share))
