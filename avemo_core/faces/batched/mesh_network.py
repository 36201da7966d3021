"""FaceMesh as a torch module: squares of many faces in, 468 points and a logit of each out.

Both of its networks that avemo ships are built alike, and differ in their weights:

    192 -> 96 -> 48 -> 24 -> 12 -> 6 -+-> 3 -> 32 channels -> 468 points of x, y, z
    sides of the map, two blocks each +-> 3 -> 32 channels -> is it a face

Source: Kartynnik et al. 2019, "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs"; the layers, their sizes and how
they are padded are those of the model files.
"""

from itertools import pairwise
from pathlib import Path
from typing import Final

import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor, nn
from torch.nn import functional

from avemo_core.errors import ConfigError
from avemo_core.faces.batched import tflite_weights
from avemo_core.faces.landmarks import LandmarkScheme
from avemo_core.runtime import weights

INPUT_PX: Final = 192
POINTS: Final = 468
_STAGES: Final = (16, 32, 64, 128, 128)
"""Channels of the map at 96, 48, 24, 12 and 6 pixels a side."""
_TOP: Final = 32
"""Channels before the answers."""
_FILES: Final[dict[LandmarkScheme, tuple[str, float]]] = {
    "facemesh-ibug49": ("facemesh", 0.0),
    "facemesh-0.10.21-ibug49": ("facemesh-0.10.21", 0.5),
}
"""The model file of each scheme, and where its network has the middle of the input's first pixel (avemo_core.faces.mesh)."""


class SeparableBlock(nn.Module):
    """A depthwise and a pointwise convolution beside a skip; with `down`, half the rows and columns and possibly more channels."""

    def __init__(self, inputs: int, outputs: int, *, down: bool = False) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, stride=2 if down else 1, padding=0 if down else 1, groups=inputs)
        self.pointwise = nn.Conv2d(inputs, outputs, 1)
        self.act = nn.PReLU(outputs)
        self.down, self.added = down, outputs - inputs

    def forward(self, x: Float[Tensor, "face inputs rows columns"]) -> Float[Tensor, "face outputs rows_out columns_out"]:
        """Apply the block."""
        branch, skip = self.pointwise(self.depthwise(_padded(x) if self.down else x)), x
        if self.down:
            skip = functional.max_pool2d(x, 2)
        if self.added:
            skip = functional.pad(skip, (0, 0, 0, 0, 0, self.added))
        answer: Tensor = self.act(branch + skip)
        return answer


class FaceMesh(nn.Module):
    """Upright squares of faces in, their points and logits out.

    Attributes:
        first_pixel: where the middle of the input's first pixel lies in the points it answers.
        dtype: of the squares it takes.
    """

    def __init__(self, *, first_pixel: float = 0.0) -> None:
        super().__init__()
        self.first_pixel, self.dtype = first_pixel, torch.float32
        self.stem = nn.Sequential(nn.Conv2d(3, _STAGES[0], 3, stride=2), nn.PReLU(_STAGES[0]))
        blocks = [SeparableBlock(_STAGES[0], _STAGES[0]) for _ in range(2)]
        for inputs, outputs in pairwise(_STAGES):
            blocks += [SeparableBlock(inputs, outputs, down=True), *(SeparableBlock(outputs, outputs) for _ in range(2))]
        self.trunk = nn.Sequential(*blocks)
        self.points = _branch(blocks=2)
        self.points_top = nn.Conv2d(_TOP, 3 * POINTS, 3)
        self.score = _branch(blocks=0)
        self.score_top = nn.Conv2d(_TOP, 1, 3)

    def forward(self, squares: Float[Tensor, "face rgb rows columns"]) -> tuple[Float[Tensor, "face point xy"], Float[Tensor, " face"]]:
        """The points in pixels of the square, float32, and the logit that it holds a face.

        Args:
            squares: 0..1, 192 rows and columns.
        """
        x = self.trunk(self.stem(_padded(squares)))
        # Coordinates reach 192, where float16 counts in eighths of a pixel: the last layer is computed in float32, whatever the others are.
        points = self.points_top(self.points(x).float()).view(len(x), POINTS, 3)
        logits = self.score_top(self.score(x).float()).view(len(x))
        return points[:, :, :2] - self.first_pixel, logits

    def in_precision(self, dtype: torch.dtype) -> "FaceMesh":
        """This module, in place, with all but its last layers in this precision."""
        self.dtype = dtype
        self.to(dtype)
        self.points_top.float()
        self.score_top.float()
        return self


def load(scheme: LandmarkScheme, path: Path | None = None, *, device: str = "cpu", dtype: torch.dtype = torch.float32) -> FaceMesh:
    """The network of this scheme with the weights of its model file, ready for inference.

    Args:
        scheme: whose landmarks are wanted.
        path: the model file; None: the one in the model cache.
        device: as torch names it.
        dtype: of all layers but the last.

    Raises:
        ConfigError: the model file is missing, or holds another network.
    """
    file, first_pixel = _FILES[scheme]
    path = path or weights.path_of(file)
    network = FaceMesh(first_pixel=first_pixel)
    _fill(network, tflite_weights.read(path), path)
    network = network.eval().requires_grad_(requires_grad=False).in_precision(dtype).to(device)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]  # torch documents it, its stubs don't


def _branch(*, blocks: int) -> nn.Sequential:
    width = _STAGES[-1]
    at_three = [SeparableBlock(width, width, down=True), *(SeparableBlock(width, width) for _ in range(blocks))]
    return nn.Sequential(*at_three, nn.Conv2d(width, _TOP, 1), nn.PReLU(_TOP), SeparableBlock(_TOP, _TOP))


def _padded(x: Float[Tensor, "face channels rows columns"]) -> Float[Tensor, "face channels rows_out columns_out"]:
    """As TensorFlow pads an even side before a convolution of three with a stride of two: at the high end alone."""
    return functional.pad(x, (0, 1, 0, 1))


def _fill(network: FaceMesh, constants: dict[str, list[ndarray]], path: Path) -> None:
    """Give each layer its weights; TensorFlow numbers the layers of a kind in the order in which this module has them."""
    layers: dict[str, list[nn.Module]] = {"conv2d": [], "depthwise_conv2d": [], "p_re_lu": []}
    for layer in network.modules():
        if isinstance(layer, nn.PReLU):
            layers["p_re_lu"].append(layer)
        elif isinstance(layer, nn.Conv2d):
            layers["depthwise_conv2d" if layer.groups > 1 else "conv2d"].append(layer)
    try:
        for kind, of_kind in layers.items():
            named = {_number(name, kind): arrays for name, arrays in constants.items() if name.rstrip("_0123456789") == kind}
            for layer, (_, arrays) in zip(of_kind, sorted(named.items()), strict=True):
                _fill_layer(layer, kind, [torch.from_numpy(array.copy()) for array in arrays])
    except (ValueError, RuntimeError) as error:
        raise ConfigError(
            f"{path} holds another network than FaceMesh with 468 points ({error}); bring it anew with `make setup`"
        ) from error


def _number(name: str, kind: str) -> int:
    return int(name[len(kind) :].lstrip("_") or 0)


def _fill_layer(layer: nn.Module, kind: str, arrays: list[Tensor]) -> None:
    state = {"weight": arrays[0].flatten()}
    if kind != "p_re_lu":
        # TensorFlow's filters are (out, rows, columns, in), its depthwise ones (1, rows, columns, channel).
        axes = (3, 0, 1, 2) if kind == "depthwise_conv2d" else (0, 3, 1, 2)
        state = {"weight": arrays[0].permute(axes), "bias": arrays[1]}
    layer.load_state_dict(state)
