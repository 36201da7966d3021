"""dlib's ResNet-29 face-identity network as a torch module: the 128 x 8 x 8 feature map inside it, and its 128-value descriptor.

Source: D. King, dlib, "High quality face recognition with deep metric learning" (2017); architecture after He et al. 2015,
halved in width and with five layers taken out. Stands in for the AlexNet of Chao et al. 2016, section 3.2
(docs/decisions/appearance-network.md).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from avemo_core.appearance.dlib_weights import read_tensors
from avemo_core.appearance.layers import Affine, Conv, biases_of
from avemo_core.faces.template import CHIP

NAME: Final = "resnet29"
INPUT_PX: Final = 150
MEAN_RGB: Final = (122.782, 117.001, 104.298)
"""Mean colour of the training faces, 0..255."""
SCALE: Final = 256.0
FEATURE_MAP_SHAPE: Final = (128, 8, 8)
"""Channels, rows, columns after the third of five stages: values there still belong to a part of the face."""
DESCRIPTOR: Final = 128


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions beside a skip; with `down`, half the rows and columns and possibly more channels.

    The two feature maps that meet may differ by a row, a column or in channels: the smaller is padded with zeros at the high end.
    """

    def __init__(self, inputs: int, outputs: int, *, down: bool) -> None:
        super().__init__()
        self.first = Conv(inputs, outputs, 3, stride=2, padding=0) if down else Conv(inputs, outputs, 3, padding=1)
        self.second = Conv(outputs, outputs, 3, padding=1)
        self.down = down

    def forward(self, x: Float[Tensor, "face inputs rows columns"]) -> Float[Tensor, "face outputs rows_out columns_out"]:
        """Apply the block."""
        branch = self.second(functional.relu(self.first(x)))
        if not self.down:
            return functional.relu(branch + x)
        skip = functional.avg_pool2d(x, 2)
        return functional.relu(_padded(branch, skip) + _padded(skip, branch))


def _padded(
    x: Float[Tensor, "face channels rows columns"], other: Float[Tensor, "face _ _ _"]
) -> Float[Tensor, "face channels_out rows_out columns_out"]:
    """`x` with zeros at the high end of each axis on which `other` is larger."""
    channels, rows, columns = (max(wanted - own, 0) for own, wanted in zip(x.shape[1:], other.shape[1:], strict=True))
    return functional.pad(x, (0, columns, 0, rows, 0, channels)) if channels or rows or columns else x


class ResNet29(nn.Module):
    """Faces in, descriptors out; `trunk`, its backbone, alone gives the feature map."""

    name = NAME
    input_px = INPUT_PX
    mean_rgb = MEAN_RGB
    scale = SCALE
    template = CHIP
    feature_map_shape = FEATURE_MAP_SHAPE
    embedding = DESCRIPTOR

    def __init__(self) -> None:
        super().__init__()
        stem = (Conv(3, 32, 7, stride=2, padding=0), nn.ReLU(), nn.MaxPool2d(3, stride=2))
        self.trunk = nn.Sequential(*stem, *_stage(32, 32, 3, down=False), *_stage(32, 64, 4), *_stage(64, 128, 3))
        self.top = nn.Sequential(*_stage(128, 256, 3), *_stage(256, 256, 1))
        self.descriptor = nn.Linear(256, DESCRIPTOR, bias=False)

    @property
    def backbone(self) -> nn.Sequential:
        """The layers up to the feature map."""
        return self.trunk

    def forward(self, faces: Float[Tensor, "face rgb height width"]) -> Float[Tensor, "face embedding"]:
        """The descriptor of each preprocessed face: one person's lie within 0.6 of each other."""
        pooled: Tensor = self.top(self.trunk(faces)).mean(dim=(2, 3))
        values: Tensor = self.descriptor(pooled)
        return values

    def initialise(self) -> None:
        """Draw new weights: He-normal filters, every block as its skip (second affine at 0): this trains without batch statistics.

        Source: De and Smith 2020 (SkipInit).
        """
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(biases_of(module))
            if isinstance(module, Affine):
                nn.init.ones_(module.gamma)
                nn.init.zeros_(module.beta)
        for module in self.modules():
            if isinstance(module, ResidualBlock):
                nn.init.zeros_(module.second.affine.gamma)
        nn.init.kaiming_normal_(self.descriptor.weight, nonlinearity="linear")


def _stage(inputs: int, outputs: int, blocks: int, *, down: bool = True) -> Iterator[ResidualBlock]:
    """The blocks of one stage; the first one halves the feature map."""
    yield ResidualBlock(inputs, outputs, down=down)
    for _ in range(blocks - 1):
        yield ResidualBlock(outputs, outputs, down=False)


def from_dlib(path: Path) -> ResNet29:
    """The network with the parameters of dlib's file.

    Raises:
        ConfigError: the file holds another network.
    """
    network = ResNet29()
    convolutions = [module for module in network.modules() if isinstance(module, Conv)]
    # dlib stores of each convolution its filters, then its biases in the same tensor, and of each affine the gammas, then the betas.
    counts = [count for conv in convolutions for count in (conv.conv.weight.numel() + conv.conv.out_channels, 2 * conv.conv.out_channels)]
    *parameters, last = (torch.from_numpy(values.copy()) for values in read_tensors(path, [*counts, network.descriptor.weight.numel()]))
    with torch.no_grad():
        for conv, filters, affine in zip(convolutions, parameters[::2], parameters[1::2], strict=True):
            biases_of(conv.conv).copy_(filters[-conv.conv.out_channels :])
            conv.conv.weight.copy_(filters[: -conv.conv.out_channels].view_as(conv.conv.weight))
            conv.affine.gamma.copy_(affine[: conv.conv.out_channels])
            conv.affine.beta.copy_(affine[conv.conv.out_channels :])
        network.descriptor.weight.copy_(last.reshape(256, DESCRIPTOR).T)
    return network
