"""AlexNet, as the paper trains it on face identities: five convolutions, pool5 of 256 x 6 x 6 = 9216 values, three full layers.

Source: Chao et al. 2016, section 3.2; Krizhevsky, Sutskever, Hinton 2012, section 3 and Fig. 2.
Departs: He-normal weights instead of N(0, 0.01) with biases of 1 (docs/decisions/appearance-network.md).
"""

from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from avemo_core.appearance.layers import biases_of
from avemo_core.faces.template import CHIP

NAME: Final = "alexnet"
INPUT_PX: Final = 227
"""224 in the text of 2012; 227 is what its first layer's 55 x 55 outputs need without padding."""
MEAN_RGB: Final = (122.782, 117.001, 104.298)
"""Mean colour of faces, 0..255, as in resnet29."""
SCALE: Final = 64.0
"""About one standard deviation of a face's values."""
FEATURE_MAP_SHAPE: Final = (256, 6, 6)
EMBEDDING: Final = 4096


class LocalResponseNorm(nn.Module):
    """Local response normalisation over five channels, in float32 whatever comes in; torch's own does not run in bfloat16 on CPUs.

    Source: Krizhevsky et al. 2012, section 3.3: k = 2, n = 5, alpha = 1e-4, beta = 0.75.
    """

    def forward(self, x: Float[Tensor, "face channels rows columns"]) -> Float[Tensor, "face channels rows columns"]:
        """Divide by (2 + 1e-4 times the sum of squares over the channel and two on each side) to the 0.75."""
        exact = x.float()
        squares = functional.pad(exact.square(), (0, 0, 0, 0, 2, 2))
        # squares has two channels more on each side: channel c of x and its four neighbours are channels c to c + 4 of squares.
        total = sum((squares[:, shift : shift + x.shape[1]] for shift in range(1, 5)), squares[:, : x.shape[1]])
        root = (2.0 + 1e-4 * total).rsqrt()
        return (exact * root * root.sqrt()).to(x.dtype)  # the power 0.75, faster than pow


class AlexNet(nn.Module):
    """Faces in, the values of the second full layer (fc7) out; `trunk`, its backbone, alone gives the feature map (pool5)."""

    name = NAME
    input_px = INPUT_PX
    mean_rgb = MEAN_RGB
    scale = SCALE
    template = CHIP
    feature_map_shape = FEATURE_MAP_SHAPE
    embedding = EMBEDDING

    def __init__(self, dropout: float = 0.5) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            *(nn.Conv2d(3, 96, 11, stride=4), nn.ReLU(), LocalResponseNorm(), nn.MaxPool2d(3, stride=2)),
            *(nn.Conv2d(96, 256, 5, padding=2, groups=2), nn.ReLU(), LocalResponseNorm(), nn.MaxPool2d(3, stride=2)),
            *(nn.Conv2d(256, 384, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(384, 384, 3, padding=1, groups=2), nn.ReLU()),
            *(nn.Conv2d(384, 256, 3, padding=1, groups=2), nn.ReLU(), nn.MaxPool2d(3, stride=2)),
        )
        self.top = nn.Sequential(
            *(nn.Flatten(), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(), nn.Dropout(dropout)),
            *(nn.Linear(4096, EMBEDDING), nn.ReLU(), nn.Dropout(dropout)),
        )

    @property
    def backbone(self) -> nn.Sequential:
        """The layers up to the feature map."""
        return self.trunk

    def forward(self, faces: Float[Tensor, "face rgb height width"]) -> Float[Tensor, "face embedding"]:
        """The values of fc7 for each preprocessed face."""
        values: Tensor = self.top(self.trunk(faces))
        return values

    def initialise(self) -> None:
        """Draw new weights: He-normal, no biases."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                torch.nn.init.zeros_(biases_of(module))
