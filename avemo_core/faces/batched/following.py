"""Faces followed through pictures on a device: many faces a step, step after step, without a word to the CPU between them.

    picture t      region t -> square -> FaceMesh -> points t
                                                        |
    picture t + 1  region t + 1 <-----------------------+       all of it on the device

Nobody asks here whether a face is still there: scores come with the points, and who follows decides afterwards, from which step on they
are of no use (avemo_core.extraction.in_step).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float32, Int64
from torch import Tensor

from avemo_core.faces.batched import cutting, regions
from avemo_core.faces.batched.mesh_network import INPUT_PX, FaceMesh
from avemo_core.faces.batched.pictures import DevicePictures


@dataclass(frozen=True, kw_only=True, eq=False)
class Followed:
    """Faces through so many steps, on the device."""

    regions: Float32[Tensor, "step face 4"]
    """Where each was looked for (avemo_core.faces.batched.regions)."""
    points: Float32[Tensor, "step face 468 2"]
    """In pixels of the step's picture."""
    logits: Float32[Tensor, "step face"]
    """That there is a face."""


@torch.inference_mode()
def follow(mesh: FaceMesh, pictures: DevicePictures, which: Int64[Tensor, "step face"], region: Float32[Tensor, "face 4"]) -> Followed:
    """Read each face in its region, then in that of its points in the next step's picture, and so on; nothing waits for the device.

    Args:
        mesh: on the device.
        pictures: on the device.
        which: of the pictures each face is in at each step; twice the same picture: it is read again, in a better region.
        region: where each face is looked for at the first step.
    """
    seen, found, logits = [], [], []
    for of_step in which:
        points, logit = points_in(mesh, pictures, of_step, region)
        seen.append(region)
        found.append(points)
        logits.append(logit)
        region = regions.of_points(points)
    return Followed(regions=torch.stack(seen), points=torch.stack(found), logits=torch.stack(logits))


@torch.inference_mode()
def points_in(
    mesh: FaceMesh, pictures: DevicePictures, which: Int64[Tensor, " face"], region: Float32[Tensor, "face 4"]
) -> tuple[Float32[Tensor, "face 468 2"], Float32[Tensor, " face"]]:
    """The points of each face in pixels of its picture, and the logit that there is a face."""
    to_picture = regions.to_picture(region, INPUT_PX)
    squares = cutting.squares(pictures, which, to_picture, INPUT_PX) / 255
    points, logits = mesh(squares.to(mesh.dtype))
    return regions.moved(points, to_picture), logits
