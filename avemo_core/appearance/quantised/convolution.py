"""A convolution whose inputs, weights and outputs are whole numbers of 8 bits.

A number stands for so many times a scale. Behind a rectifier nothing is negative, so that 0 stands for 0:

    value       0.0  0.024                      6.1       scale 6.1 / 255
    number       0    1    2   . . .   254      255       what is larger becomes 255

Sums of products of whole numbers are exact in 32 bits. Only then there is rounding, once, to numbers of the output's scale:

    output = round( rectified( scale_in scale_weight sum(input weight) + bias + scale_skip skip ) / scale_out )

Weights are -127 .. 127, with a scale for each output channel.
"""

from dataclasses import dataclass
from typing import Any, Final

import torch
from jaxtyping import Float32, Int8, Int32, UInt8
from torch import Tensor

LARGEST: Final = 255
LARGEST_WEIGHT: Final = 127
_OPERATORS: Final[Any] = torch.ops.onednn
"""oneDNN's, as torch's own compiler calls them for quantised models; `support` asks whether they are there."""


@dataclass(frozen=True, kw_only=True, eq=False)
class QuantisedConv:
    """One convolution with a rectifier behind it, its weights laid out as this CPU reads them."""

    packed: Tensor
    scales: Float32[Tensor, " outputs"]
    """Of the weights."""
    zeros: Int32[Tensor, " outputs"]
    """Which number stands for 0, by output channel."""
    biases: Float32[Tensor, " outputs"] | None
    stride: int
    padding: int
    input_scale: float
    output_scale: float

    @classmethod
    def of(
        cls,
        weights: Float32[Tensor, "outputs inputs size size"],
        biases: Float32[Tensor, " outputs"] | None,
        *,
        stride: int,
        padding: int,
        input_scale: float,
        output_scale: float,
    ) -> "QuantisedConv":
        """The convolution with these weights, rounded.

        Args:
            weights: in float32.
            biases: likewise; they stay so. None: there are none.
            stride: from one place to the next.
            padding: zeros on each side.
            input_scale: of its inputs.
            output_scale: of its outputs.
        """
        numbers, scales = rounded(weights)
        packed = _OPERATORS.qconv_prepack(numbers, scales, input_scale, 0, [stride] * 2, [padding] * 2, [1, 1], 1, None)
        return cls(
            packed=packed,
            scales=scales,
            zeros=torch.zeros(len(scales), dtype=torch.int32),
            biases=biases,
            stride=stride,
            padding=padding,
            input_scale=input_scale,
            output_scale=output_scale,
        )

    def rectified(self, x: UInt8[Tensor, "face inputs rows columns"]) -> UInt8[Tensor, "face outputs rows_out columns_out"]:
        """Convolve and rectify."""
        end: tuple[Any, ...] = (self.output_scale, 0, torch.uint8, "relu", [], "")
        y: Tensor = _OPERATORS.qconv2d_pointwise(*self._input(x), self.biases, *self._places(), *end)
        return y

    def added(
        self, x: UInt8[Tensor, "face inputs rows columns"], skip: UInt8[Tensor, "face outputs rows columns"], skip_scale: float
    ) -> UInt8[Tensor, "face outputs rows columns"]:
        """Convolve, add the skip and rectify; writes over the skip."""
        return self._sum(x, skip, skip_scale, self.output_scale)

    def added_unrounded(
        self, x: UInt8[Tensor, "face inputs rows columns"], skip: Float32[Tensor, "face outputs rows columns"]
    ) -> Float32[Tensor, "face outputs rows columns"]:
        """The same to float32, without rounding; writes over the skip."""
        return self._sum(x, skip, 1.0, 1.0)

    def _sum(self, x: Tensor, skip: Tensor, skip_scale: float, output_scale: float) -> Tensor:
        end: tuple[Any, ...] = (output_scale, 0, skip.dtype, skip_scale, 0, "sum", 1.0, "relu", [], "")
        y: Tensor = _OPERATORS.qconv2d_pointwise.binary(*self._input(x), skip, self.biases, *self._places(), *end)
        return y

    def _input(self, x: Tensor) -> tuple[Tensor, float, int, Tensor, Tensor, Tensor]:
        return x, self.input_scale, 0, self.packed, self.scales, self.zeros

    def _places(self) -> tuple[list[int], list[int], list[int], int]:
        return [self.stride] * 2, [self.padding] * 2, [1, 1], 1


def rounded(
    weights: Float32[Tensor, "outputs inputs size size"],
) -> tuple[Int8[Tensor, "outputs inputs size size"], Float32[Tensor, " outputs"]]:
    """Weights as whole numbers, the largest of each output channel 127, and the scales that make them weights again."""
    # A channel of zeros alone, as one that training gave up, has any scale.
    scales = (weights.abs().amax(dim=(1, 2, 3)) / LARGEST_WEIGHT).clamp(min=torch.finfo(torch.float32).tiny)
    return (weights / scales[:, None, None, None]).round().to(torch.int8), scales
