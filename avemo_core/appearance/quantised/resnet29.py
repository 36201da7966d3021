"""ResNet-29 up to its feature map in int8: a `FaceNetwork`.

A chip's pixels are whole numbers already. So the first layer takes them as they are, exactly, and has their mean and scale in its weights:

    w (pixel - mean) / 256 + b  =  (w / 256) pixel + (b - sum(w mean) / 256)          without padding, which would be 0 and not the mean

From a block to the next values stay numbers of 8 bits; those of the last one come out as float32, without rounding.

    x ---+--> first --> h --> second --> + --> rectified --> next block's x
         +--> skip ----------------------^
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from avemo_core.appearance.layers import biases_of
from avemo_core.appearance.network import Chips, checked, folded_backbone
from avemo_core.appearance.quantised.convolution import LARGEST, QuantisedConv
from avemo_core.appearance.quantised.ranges import RANGES
from avemo_core.appearance.resnet29 import FEATURE_MAP_SHAPE, INPUT_PX, NAME, ResidualBlock, ResNet29
from avemo_core.faces.template import Template

BATCH: Final = 64
"""Faces per pass: past it a CPU gains little."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Block:
    """A residual block."""

    first: QuantisedConv
    second: QuantisedConv
    skip: QuantisedConv | None
    """The mean of four places each and zeros in the further channels, where the block halves the rows and columns."""
    skip_scale: float

    def of(self, x: UInt8[Tensor, "face inputs rows columns"]) -> UInt8[Tensor, "face outputs rows_out columns_out"]:
        """Apply the block; writes over x."""
        h = self.first.rectified(x)
        return self.second.added(h, x if self.skip is None else self.skip.rectified(x), self.skip_scale)

    def unrounded(self, x: UInt8[Tensor, "face inputs rows columns"]) -> Float[Tensor, "face outputs rows columns"]:
        """The same to float32."""
        h = self.first.rectified(x)
        return self.second.added_unrounded(h, (x if self.skip is None else self.skip.rectified(x)) * self.skip_scale)


@dataclass(frozen=True, kw_only=True, eq=False)
class QuantisedResNet29:
    """The layers up to the feature map; made once a process, by `quantised`."""

    sha256: str
    stem: QuantisedConv
    blocks: tuple[_Block, ...]
    name: str = NAME
    input_px: int = INPUT_PX
    feature_map_shape: tuple[int, int, int] = FEATURE_MAP_SHAPE
    template: Template = ResNet29.template
    licence: str | None = None

    @torch.inference_mode()
    def feature_map(self, chips: Chips) -> Float[Tensor, "face channels rows columns"]:
        """The feature map of each chip, float32 on the CPU.

        Raises:
            ConfigError: chips of another size.
        """
        faces = checked(chips, self)
        if not len(faces):
            return torch.zeros(0, *self.feature_map_shape)
        return torch.cat([self._of(batch.permute(0, 3, 1, 2)) for batch in torch.split(faces, BATCH)])

    def _of(self, faces: UInt8[Tensor, "face rgb height width"]) -> Float[Tensor, "face channels rows columns"]:
        x = _largest_of_nine(self.stem.rectified(faces))
        for block in self.blocks[:-1]:
            x = block.of(x)
        return self.blocks[-1].unrounded(x)


def _largest_of_nine(x: UInt8[Tensor, "face channels rows columns"]) -> UInt8[Tensor, "face channels rows_out columns_out"]:
    """The largest of 3 x 3 places, every second one; torch's own refuses bytes where there are more values than a byte counts."""
    rows, columns = ((side - 3) // 2 + 1 for side in x.shape[2:])
    # The channels of a place lie together in memory, so that slices of rows and columns are compared in long pieces.
    x = x.permute(0, 2, 3, 1)
    low, middle, high = (x[:, start : start + 2 * rows - 1 : 2] for start in range(3))
    x = torch.maximum(torch.maximum(low, middle), high)
    low, middle, high = (x[:, :, start : start + 2 * columns - 1 : 2] for start in range(3))
    return torch.maximum(torch.maximum(low, middle), high).permute(0, 3, 1, 2)


def quantised(network: ResNet29, sha256: str, ranges: Sequence[float] = RANGES) -> QuantisedResNet29:
    """The network in int8.

    Args:
        network: with the shipped weights.
        sha256: of their file.
        ranges: the values that 255 stands for, as `avemo_core.appearance.quantised.ranges.of_each` lists them; the last is not read.
    """
    first, *layers = cast("nn.Sequential", folded_backbone(network))
    stem = cast("nn.Conv2d", first)
    blocks = [layer for layer in layers if isinstance(layer, ResidualBlock)]
    scale_of_stem, *scales = (largest / LARGEST for largest in ranges)
    weights = stem.weight / network.scale
    mean = torch.tensor(network.mean_rgb)[:, None, None]
    biases = biases_of(stem) - (weights * mean).sum(dim=(1, 2, 3))
    inputs = [scale_of_stem, *scales[1:-1:2]]
    return QuantisedResNet29(
        sha256=sha256,
        stem=QuantisedConv.of(weights, biases, stride=2, padding=0, input_scale=1.0, output_scale=scale_of_stem),
        blocks=tuple(_block(*each) for each in zip(blocks, inputs, scales[::2], scales[1::2], strict=True)),
    )


def _block(block: ResidualBlock, input_scale: float, inner_scale: float, output_scale: float) -> _Block:
    first, second = cast("nn.Conv2d", block.first), cast("nn.Conv2d", block.second)
    down = {"stride": 2, "padding": 0}
    return _Block(
        first=QuantisedConv.of(
            first.weight,
            biases_of(first),
            input_scale=input_scale,
            output_scale=inner_scale,
            **(down if block.down else {"stride": 1, "padding": 1}),
        ),
        second=QuantisedConv.of(second.weight, biases_of(second), stride=1, padding=1, input_scale=inner_scale, output_scale=output_scale),
        skip=QuantisedConv.of(_means(first), None, input_scale=input_scale, output_scale=input_scale, **down) if block.down else None,
        skip_scale=input_scale,
    )


def _means(first: nn.Conv2d) -> Float[Tensor, "outputs inputs 2 2"]:
    """Weights that make of 2 x 2 places their mean, channel by channel, and zeros of the channels that there are not: numbers 127 and 0."""
    weights = torch.zeros(first.out_channels, first.in_channels, 2, 2)
    channels = torch.arange(first.in_channels)
    weights[channels, channels] = 0.25
    return weights
