"""The pictures of a clip, with the true places of the mesh points."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, UInt8
from numpy import ndarray

from avemo_core.synthetic.faces import layout, mouth
from avemo_core.synthetic.faces.appearances import background, noise, over
from avemo_core.synthetic.faces.portraits import FRAME_HEIGHT_PX, FRAME_WIDTH_PX
from avemo_core.synthetic.faces.puppet import Pose, Puppet, puppet
from avemo_core.synthetic.performance import acted, listening
from avemo_core.synthetic.plans import FPS, ClipPlan
from avemo_core.synthetic.scene import Placement, Shot, after, apply, inverse, to_canvas_affine


class RenderedFrame(NamedTuple):
    """One picture of a clip."""

    picture: UInt8[ndarray, "row column bgr"]
    points: Float[ndarray, "face 468 2"]
    """True places of the mesh points in pixels (x, y) of every face of the shot, also where they lie outside the picture."""
    time_s: float


def frames(plan: ClipPlan) -> Iterator[RenderedFrame]:
    """The clip's pictures one by one, as they are before they are encoded.

    Raises:
        ConfigError: a face model file is missing.
    """
    time_s = np.arange(plan.frames) / FPS
    acts = [acted(plan, time_s)]
    acts += [listening(plan.seed + face, time_s) for face in range(1, max(len(shot.faces) for shot in plan.shots))]
    grain = noise(plan.seed)
    corners = np.random.default_rng([plan.seed, 3]).integers(0, 32, (plan.frames, 2))
    for index, now_s in enumerate(time_s.tolist()):
        number, share = _shot(plan, now_s)
        picture, points = _picture(plan, plan.shots[number], number, share, [(asked[index], poses[index]) for asked, poses in acts])
        row, column = corners[index]
        picture += grain[row : row + FRAME_HEIGHT_PX, column : column + FRAME_WIDTH_PX]
        yield RenderedFrame(picture=picture.clip(0, 255).astype(np.uint8), points=points, time_s=now_s)


def _shot(plan: ClipPlan, now_s: float) -> tuple[int, float]:
    """Which shot is on, and how much of it is over."""
    starts_s = [shot.start_s for shot in plan.shots]
    number = int(np.searchsorted(starts_s, now_s + 1e-9, side="right")) - 1
    stop_s = [*starts_s[1:], plan.duration_s][number]
    return number, (now_s - starts_s[number]) / (stop_s - starts_s[number])


def _picture(
    plan: ClipPlan, shot: Shot, number: int, share: float, acts: list[tuple[Float[ndarray, " action"], Pose]]
) -> tuple[Float32[ndarray, "row column bgr"], Float[ndarray, "face 468 2"]]:
    """The shot's faces in front of its background, the first one foremost."""
    picture = background(plan.seed + number).copy()
    points = np.zeros((len(shot.faces), layout.MESH_POINTS, 2))
    for face in reversed(range(len(shot.faces))):
        picture, points[face] = _with_face(picture, shot.faces[face], share, *acts[face])
    return picture, points


def _with_face(
    behind: Float32[ndarray, "row column bgr"], placement: Placement, share: float, amounts: Float[ndarray, " action"], pose: Pose
) -> tuple[Float32[ndarray, "row column bgr"], Float[ndarray, "468 2"]]:
    doll: Puppet = puppet(placement.actor)
    to_frame = placement.to_frame(share)
    to_face = inverse(to_frame)
    face = doll.vertices(amounts, pose)
    vertices = apply(to_frame, face)
    person = doll.warp.draw(vertices, after(to_canvas_affine(), to_face), FRAME_WIDTH_PX, FRAME_HEIGHT_PX)
    picture = over(person, behind)
    points = vertices[: layout.MESH_POINTS]
    mouth.paint(picture, points, face[: layout.MESH_POINTS], to_face, placement.actor.styling.brightness)
    return picture, points
