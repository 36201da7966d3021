"""Small face networks of one's own, and their files."""

import json
from pathlib import Path

import torch
from torch import Tensor, nn

SIDE_PX = 32
SAID = {"size": SIDE_PX, "colour": "rgb", "layout": "nchw", "mean": 127.5, "scale": 127.5, "crop": "arcface", "licence": "MIT"}


class Small(nn.Module):
    """Six values of a face, or a map of 4 x 8 x 8."""

    def __init__(self, *, gives_map: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.convolution, self.normalised, self.full = nn.Conv2d(3, 4, 3, stride=4, padding=1), nn.BatchNorm2d(4), nn.Linear(4 * 64, 6)
        self.gives_map = gives_map

    def forward(self, faces: Tensor) -> Tensor:
        feature_map = torch.relu(self.normalised(self.convolution(faces)))
        return feature_map if self.gives_map else self.full(feature_map.flatten(1))


class OverTheBatch(Small):
    """A network that was exported with its batch normalisation in training mode."""

    def forward(self, faces: Tensor) -> Tensor:
        faces = (faces - faces.mean(dim=(0, 2, 3), keepdim=True)) / faces.std(dim=(0, 2, 3), keepdim=True)
        return super().forward(faces)


class Broken(Small):
    """A network whose values are no numbers."""

    def forward(self, faces: Tensor) -> Tensor:
        return super().forward(faces) / 0.0 * 0.0


class Huge(Small):
    """A network whose values float16 does not hold."""

    def forward(self, faces: Tensor) -> Tensor:
        return super().forward(faces) * 1e6


class Sum(Small):
    """A network that gives one number for all faces together."""

    def forward(self, faces: Tensor) -> Tensor:
        return super().forward(faces).sum()


def sidecar(network: Path, **said: object) -> Path:
    """Write a sidecar beside the network's file; what is None is left out."""
    content = {name: value for name, value in (SAID | said).items() if value is not None}
    network.with_suffix(".json").write_text(json.dumps(content))
    return network


def exported(network: nn.Module, path: Path, *, side_px: int = SIDE_PX, batch: int | None = None) -> Path:
    """Save the network as a .pt2, or as an .onnx."""
    faces = torch.zeros(batch or 2, 3, side_px, side_px)
    if path.suffix == ".onnx":
        axes = {} if batch else {"dynamic_axes": {"faces": {0: "face"}, "values": {0: "face"}}}
        torch.onnx.export(network.eval(), (faces,), str(path), dynamo=False, input_names=["faces"], output_names=["values"], **axes)
    else:
        shapes = None if batch else ({0: torch.export.Dim.DYNAMIC},)
        torch.export.save(torch.export.export(network.eval(), (faces,), dynamic_shapes=shapes), path)
    return path
