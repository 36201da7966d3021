"""How large the values behind each rectifier of the shipped ResNet-29 get, which says what 255 stands for."""

from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from avemo_core.appearance.resnet29 import ResidualBlock

# fmt: off
RANGES: Final = (
    11.47,
    8.87, 11.01, 6.61, 14.16, 6.18, 19.19,
    7.69, 13.34, 5.31, 15.86, 5.19, 21.07, 5.47, 20.68,
    6.54, 9.04, 4.62, 8.62, 5.05, 8.05,
)
# fmt: on
"""Of 114 faces of the demo corpus (avemo_core.appearance.quantised.measure_ranges), as `of_each` lists them, a line a stage.

Another face may go beyond them a little: what is larger is cut off there.
"""


def of_each(layers: nn.Sequential, faces: Float[Tensor, "face rgb height width"]) -> list[float]:
    """The largest value of these faces behind each rectifier, in float32: that of the first layer, then two of each block.

    Args:
        layers: up to the feature map.
        faces: preprocessed.
    """
    largest = []
    x = faces
    for layer in layers:
        if isinstance(layer, ResidualBlock):
            largest.append(float(torch.relu(layer.first(x)).max()))
        x = layer(x)
        if isinstance(layer, ResidualBlock | nn.ReLU):
            largest.append(float(x.max()))
    return largest
