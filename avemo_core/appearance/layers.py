"""A convolution followed by an affine per channel, which folds into it exactly."""

from copy import deepcopy

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Affine(nn.Module):
    """Scale and shift each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Float[Tensor, "face channels rows columns"]) -> Float[Tensor, "face channels rows columns"]:
        """Gamma x + beta."""
        return x * self.gamma[:, None, None] + self.beta[:, None, None]


class Conv(nn.Module):
    """A square convolution and its affine."""

    def __init__(self, inputs: int, outputs: int, size: int, *, stride: int = 1, padding: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride=stride, padding=padding)
        self.affine = Affine(outputs)

    def forward(self, x: Float[Tensor, "face inputs rows columns"]) -> Float[Tensor, "face outputs rows_out columns_out"]:
        """Convolve, then scale and shift."""
        y: Tensor = self.affine(self.conv(x))
        return y

    def folded(self) -> nn.Conv2d:
        """One plain convolution that gives the same."""
        conv = deepcopy(self.conv)
        with torch.no_grad():
            conv.weight.mul_(self.affine.gamma[:, None, None, None])
            biases_of(conv).mul_(self.affine.gamma).add_(self.affine.beta)
        return conv


def biases_of(layer: nn.Conv2d | nn.Linear) -> Tensor:
    """The layer's biases, which every layer here but the last of ResNet-29 has."""
    assert layer.bias is not None  # noqa: S101 - an invariant of the architectures, told to the type checker
    return layer.bias


def fold(network: nn.Module) -> nn.Module:
    """Replace, in place, every convolution with an affine by a plain one that gives the same."""
    for name, child in network.named_children():
        setattr(network, name, child.folded() if isinstance(child, Conv) else fold(child))
    return network
