"""An actor's face on strings: amounts of actions and a pose of the head in, places of the mesh points out."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from avemo_core.synthetic.faces import actions, layout
from avemo_core.synthetic.faces.actors import Actor
from avemo_core.synthetic.faces.appearances import dressed
from avemo_core.synthetic.faces.build import built
from avemo_core.synthetic.faces.portraits import portraits, to_canvas
from avemo_core.synthetic.faces.warp import Warp

AT_REST: Final = {
    "astronaut": {"lips_closed": 0.9, "corner_up": -0.085, "corner_out": -0.06},
    "admiral": {"lips_closed": 0.9},
}
"""What turns each portrait's face, one of which smiles, into a neutral one."""
CHIN: Final = 152


@dataclass(frozen=True, kw_only=True, slots=True)
class Pose:
    """How the head is held against the portrait; angles in radians, shifts in units of the outer-eye distance."""

    yaw_rad: float = 0.0
    """Positive: the nose moves to the right of the picture."""
    pitch_rad: float = 0.0
    """Positive: the nose moves down."""
    roll_rad: float = 0.0
    """Positive: clockwise on the screen."""
    right: float = 0.0
    down: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Puppet:
    """An actor's face, ready to be moved and drawn."""

    warp: Warp
    rest: Float[ndarray, "vertex 2"]
    """The neutral face in face units: mesh points, then rings."""
    fields: Float[ndarray, "action vertex 2"]
    depth: Float[ndarray, " vertex"]
    """How far each vertex stands out towards the camera, in face units."""

    def vertices(self, amounts: Float[ndarray, " action"], pose: Pose) -> Float[ndarray, "vertex 2"]:
        """Where the vertices are, in face units; the first 468 are the mesh points."""
        face = self.rest + np.tensordot(amounts, self.fields, axes=1)
        turned = face + self.depth[:, None] * (np.sin(pose.yaw_rad), np.sin(pose.pitch_rad))
        # The head turns about the neck, below the chin.
        pivot = np.array([0.0, 1.2])
        cos, sin = np.cos(pose.roll_rad), np.sin(pose.roll_rad)
        rolled = pivot + (turned - pivot) @ np.array([[cos, sin], [-sin, cos]]) + (pose.right, pose.down)
        return np.asarray(self.rest + (face - self.rest) + layout.head_weights()[:, None] * (rolled - face))


@lru_cache(maxsize=32)
def puppet(actor: Actor) -> Puppet:
    """Make an actor's puppet; kept, since an actor plays in many clips.

    Raises:
        ConfigError: a face model file is missing.
    """
    portrait = portraits()[actor.portrait]
    source = layout.with_rings(portrait.face)
    shaped = built(source, actor.build)
    mesh = shaped[: layout.MESH_POINTS]
    rested = mesh + np.tensordot(_at_rest(portrait.name), actions.fields(mesh), axes=1)
    rest = np.concatenate([rested, shaped[layout.MESH_POINTS :]])
    return Puppet(
        warp=Warp(canvas=dressed(portrait.canvas, actor.styling), source=to_canvas(source), triangles=layout.triangles(source)),
        rest=rest,
        fields=_with_ring_fields(actions.fields(rested), rest) * np.array(actor.habit)[:, None, None],
        depth=_depth(rest),
    )


def _at_rest(portrait: str) -> Float[ndarray, " action"]:
    asked = AT_REST[portrait.removesuffix("-mirrored")]
    return np.array([asked.get(action, 0.0) for action in actions.ACTIONS])


def _with_ring_fields(fields: Float[ndarray, "action 468 2"], rest: Float[ndarray, "vertex 2"]) -> Float[ndarray, "action vertex 2"]:
    """Rings stay where they are, but for those below the chin, which follow the jaw by their weights."""
    everywhere = np.zeros((len(fields), len(rest), 2))
    everywhere[:, : layout.MESH_POINTS] = fields
    rings = rest[layout.MESH_POINTS :]
    chin = rest[CHIN]
    below = np.exp(-(((rings[:, 0] - chin[0]) / 0.35) ** 2)) * (rings[:, 1] > chin[1])
    follow = 0.6 * layout.head_weights()[layout.MESH_POINTS :] * below
    jaw = actions.ACTIONS.index("jaw_down")
    everywhere[jaw, layout.MESH_POINTS :, 1] = follow * fields[jaw, CHIN, 1]
    return everywhere


def _depth(rest: Float[ndarray, "vertex 2"]) -> Float[ndarray, " vertex"]:
    """A head is an ellipsoid with a nose: enough for turns of a few degrees."""
    x, y = (rest[:, 0] - rest[1, 0]) / 0.95, (rest[:, 1] - 0.3) / 1.25
    dome = 0.7 * np.sqrt((1 - x**2 - y**2).clip(0))
    nose = 0.22 * np.exp(-(((rest - rest[4]) ** 2) / (2 * np.array([0.11, 0.17]) ** 2)).sum(axis=1))
    return np.asarray(dome + nose)
