"""YuNet as a torch module: many pictures of one size in, their best candidates for a face out.

    picture -> /2 -> /4 -> /8 ----+--> + --> candidates every 8 pixels
                            /16 --+--> + --> every 16         + : the coarser map, each value written four times, and a convolution
                            /32 -----------> every 32

Source: Wu, Peng and Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector"; what is made of its answers is as OpenCV's FaceDetectorYN
has it, whose place this takes on a device.
"""

from pathlib import Path
from typing import Final

import torch
from jaxtyping import Float, Float32
from torch import Tensor, nn
from torch.nn import functional

from avemo_core.errors import ConfigError
from avemo_core.faces.yunet import onnx_weights
from avemo_core.runtime import weights

STRIDES: Final = (8, 16, 32)
_STAGES: Final = ((16, 16, 32), (32, 32, 64), (64, 64, 64), (64, 64, 64), (64, 64, 64))
"""Channels before, between and after the two units of each stage."""
_HEADS: Final = (1, 4, 1, 10)
"""Values of a place: is it a face, its box, is anything there, its five points."""


class Unit(nn.Sequential):
    """A pointwise convolution, then a depthwise one; with `act`, a ReLU."""

    def __init__(self, inputs: int, outputs: int, *, act: bool = True) -> None:
        layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 1), nn.Conv2d(outputs, outputs, 3, padding=1, groups=outputs)]
        super().__init__(*layers, *([nn.ReLU()] if act else []))


class YuNet(nn.Module):
    """Pictures in, candidates out."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.ReLU(), Unit(16, 16))
        self.stages = nn.ModuleList(nn.Sequential(Unit(a, b), Unit(b, c)) for a, b, c in _STAGES)
        # The coarsest first, as the file has them.
        self.laterals = nn.ModuleList(Unit(64, 64) for _ in STRIDES)
        # Kind by kind, and of each the finest first: as the file has them.
        self.heads = nn.ModuleList(Unit(64, width, act=False) for width in _HEADS for _ in STRIDES)

    def forward(self, pictures: Float[Tensor, "picture bgr rows columns"]) -> Float32[Tensor, "picture place value"]:
        """Box, five points and score of every place: left, top, width, height, x0, y0, ..., x4, y4, score; in pixels.

        Args:
            pictures: 0..255; sides are filled up with black to multiples of 32.
        """
        rows, columns = (-side % STRIDES[-1] for side in pictures.shape[2:])
        x = self.stem(functional.pad(pictures, (0, columns, 0, rows)))
        maps = []
        for number, stage in enumerate(self.stages):
            # Between the first two stages the map keeps its size.
            x = stage(x if number == 1 else functional.max_pool2d(x, 2))
            maps.append(x)
        fine, middle, coarse = maps[2:]
        coarse = self.laterals[0](coarse)
        middle = self.laterals[1](middle + functional.interpolate(coarse, scale_factor=2.0))
        fine = self.laterals[2](fine + functional.interpolate(middle, scale_factor=2.0))
        levels = [
            _places([head(x).float() for head in self.heads[level :: len(STRIDES)]], stride)
            for level, (x, stride) in enumerate(zip((fine, middle, coarse), STRIDES, strict=True))
        ]
        return torch.cat(levels, dim=1)


def load(path: Path | None = None, *, device: str = "cpu", dtype: torch.dtype = torch.float32) -> YuNet:
    """The network with the weights of its model file, ready for inference.

    Args:
        path: the model file; None: the one in the model cache.
        device: as torch names it.
        dtype: of its layers; what is made of their answers is float32.

    Raises:
        ConfigError: the model file is missing, or holds another network.
    """
    path = path or weights.path_of("yunet")
    network = YuNet()
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    try:
        for layer, (filters, biases) in zip(layers, onnx_weights.read_convolutions(path), strict=True):
            layer.load_state_dict({"weight": torch.from_numpy(filters.copy()), "bias": torch.from_numpy(biases.copy())})
    except (ValueError, RuntimeError) as error:
        raise ConfigError(f"{path} holds another network than YuNet of March 2023 ({error}); bring it anew with `make setup`") from error
    network = network.eval().requires_grad_(requires_grad=False).to(device=device, dtype=dtype)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]  # torch documents it, its stubs don't


def _places(answers: list[Float32[Tensor, "picture _ rows columns"]], stride: int) -> Float32[Tensor, "picture place value"]:
    """What the heads say of each place of one map, in pixels of the picture."""
    is_face, box, is_object, points = (answer.flatten(2).transpose(1, 2) for answer in answers)
    rows, columns = answers[0].shape[2:]
    device = box.device
    y, x = torch.meshgrid(torch.arange(rows, device=device), torch.arange(columns, device=device), indexing="ij")
    place = torch.stack([x, y], dim=-1).reshape(-1, 2).float()
    centre, size = (box[..., :2] + place) * stride, box[..., 2:].exp() * stride
    corners = (points + place.repeat(1, 5)) * stride
    score = (is_face.sigmoid() * is_object.sigmoid()).sqrt()
    return torch.cat([centre - size / 2, size, corners, score], dim=-1)
