"""Where the mesh and the face network look, for many faces on a device (avemo_core.faces.region and chip are what this follows).

A region is four numbers: its centre, and the vector along its upper edge, which holds its side and how it is turned:

    edge x, edge y
    +--------->+
    |     .    |      . centre x, y
    +----------+
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from avemo_core.faces.region import EYE_CORNERS, MARGIN, Region
from avemo_core.faces.template import Template


def stacked(regions: Sequence[Region], device: torch.device | str = "cpu") -> Float32[Tensor, "face 4"]:
    """Regions as rows of centre and edge."""
    rows = [(each.x_px, each.y_px, each.side_px * np.cos(each.roll_rad), each.side_px * np.sin(each.roll_rad)) for each in regions]
    return torch.tensor(rows, dtype=torch.float32).reshape(-1, 4).to(device)


def of_points(points: Float32[Tensor, "face 468 2"]) -> Float32[Tensor, "face 4"]:
    """The region in which each face of the next picture is read."""
    along = points[:, EYE_CORNERS[1]] - points[:, EYE_CORNERS[0]]
    cos, sin = (along / along.norm(dim=1, keepdim=True)).unbind(1)
    # Turned back, where the points have an upright box; its centre is turned forth again.
    upright = points @ torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
    low, high = upright.amin(dim=1), upright.amax(dim=1)
    x, y = ((low + high) / 2).unbind(1)
    side_px = MARGIN * (high - low).amax(dim=1)
    return torch.stack([cos * x - sin * y, sin * x + cos * y, side_px * cos, side_px * sin], dim=1)


def to_picture(regions: Float32[Tensor, "face 4"], side: int) -> Float32[Tensor, "face 2 3"]:
    """The affine maps from pixels of side x side copies of the regions to pixels of their pictures."""
    # No constant is sent to the device here: it would wait for it at every step.
    x, y = regions[:, :2].unbind(1)
    across_x, across_y = (regions[:, 2:] / side).unbind(1)
    middle = (side - 1) / 2
    rows = [across_x, -across_y, x - middle * (across_x - across_y), across_y, across_x, y - middle * (across_y + across_x)]
    return torch.stack(rows, dim=1).view(-1, 2, 3)


def moved(points: Float32[Tensor, "face point 2"], to_picture: Float32[Tensor, "face 2 3"]) -> Float32[Tensor, "face point 2"]:
    """Points of the copies, in pixels of the pictures."""
    return points @ to_picture[:, :, :2].transpose(1, 2) + to_picture[:, None, :, 2]


def chips_to_picture(landmarks: Float32[Tensor, "face 49 2"], template: Template, side_px: int) -> Float32[Tensor, "face 2 3"]:
    """The affine maps from the pixels of the faces' chips to those of their pictures: similarities, the nearest in least squares."""
    device = landmarks.device
    weights = torch.from_numpy(np.asarray(template.weights, np.float32)).to(device)
    target = weights @ landmarks
    source = torch.from_numpy(template.in_px(side_px).astype(np.float32)).to(device)
    a, b = source - source.mean(dim=0), target - target.mean(dim=1, keepdim=True)
    # As a complex factor: conj(a) b over conj(a) a.
    scale = (a * a).sum()
    real = (a * b).sum(dim=(1, 2)) / scale
    imaginary = (a[:, 0] * b[..., 1] - a[:, 1] * b[..., 0]).sum(dim=1) / scale
    turn = torch.stack([real, -imaginary, imaginary, real], dim=1).view(-1, 2, 2)
    shift = target.mean(dim=1) - turn @ source.mean(dim=0)
    return torch.cat([turn, shift[..., None]], dim=2)
