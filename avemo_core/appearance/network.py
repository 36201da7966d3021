"""A face-identity network as extraction uses it: face chips in, the feature map inside the network out."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from avemo_core.appearance.layers import fold
from avemo_core.errors import ConfigError
from avemo_core.faces.template import Template

BATCH: Final = 16
"""Faces per pass: past it a CPU gains nothing, and the feature maps of the first layers no longer fit its caches."""

Chips = UInt8[Tensor, "face height width rgb"] | UInt8[np.ndarray, "face height width rgb"]


@runtime_checkable
class FaceNetwork(Protocol):
    """Aligned faces in, a feature map of channels x rows x columns out; a vector is a map of one row and one column."""

    @property
    def name(self) -> str:
        """The architecture, resnet29 or alexnet; or the format of a file of one's own, onnx or torch."""

    @property
    def input_px(self) -> int:
        """Side of the square chips it takes."""

    @property
    def template(self) -> Template:
        """Where its chips have the face."""

    @property
    def feature_map_shape(self) -> tuple[int, int, int]:
        """Channels, rows, columns."""

    @property
    def sha256(self) -> str:
        """Of the weights' file, and of whatever else changes values."""

    @property
    def licence(self) -> str | None:
        """What its licence asks of a user; None: nothing beyond avemo's own."""

    def feature_map(self, chips: Chips) -> Float[Tensor, "face channels rows columns"]:
        """The feature map of each chip, float32 on the CPU."""


@runtime_checkable
class Architecture(Protocol):
    """What an identity network is made of, whatever its weights; both are torch modules."""

    name: str
    input_px: int
    mean_rgb: tuple[float, float, float]
    scale: float
    template: Template
    feature_map_shape: tuple[int, int, int]

    @property
    def backbone(self) -> nn.Sequential:
        """The layers up to the feature map; `trunk` in files of weights.

        A property of the class: from Python 3.12 on a protocol is checked without torch's own look-up, which alone finds submodules.
        """


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """The layers of one network up to its feature map, on one device, in one precision; a `FaceNetwork`."""

    name: str
    input_px: int
    feature_map_shape: tuple[int, int, int]
    sha256: str
    layers: nn.Module
    mean_rgb: tuple[float, float, float]
    scale: float
    template: Template
    device: torch.device
    dtype: torch.dtype
    licence: str | None = None

    @torch.inference_mode()
    def feature_map(self, chips: Chips) -> Float[Tensor, "face channels rows columns"]:
        """The feature map of each chip, float32 on the CPU.

        Args:
            chips: RGB, 0..255, of `input_px` rows and columns.

        Raises:
            ConfigError: chips of another size.
        """
        faces = checked(chips, self)
        if not len(faces):
            return torch.zeros(0, *self.feature_map_shape)
        # One wait for the GPU, after all batches are queued; from pinned memory it copies the chips by itself.
        on_device = (faces.pin_memory() if self.device.type == "cuda" else faces).to(self.device, non_blocking=True)
        return torch.cat([self.layers(self._preprocessed(batch)) for batch in torch.split(on_device, BATCH)]).float().cpu()

    def _preprocessed(self, faces: UInt8[Tensor, "face height width rgb"]) -> Float[Tensor, "face rgb height width"]:
        return preprocessed(faces, self.mean_rgb, self.scale).to(self.dtype)


def checked(chips: Chips, network: FaceNetwork) -> UInt8[Tensor, "face height width rgb"]:
    """The chips as a tensor.

    Raises:
        ConfigError: they are not of the network's size.
    """
    faces = torch.as_tensor(chips)
    if faces.shape[1:] != (network.input_px, network.input_px, 3):
        raise ConfigError(f"{network.name} takes chips of {network.input_px} x {network.input_px} x 3, not {tuple(faces.shape[1:])}")
    return faces


def preprocessed(
    faces: UInt8[Tensor, "face height width rgb"], mean_rgb: tuple[float, float, float], scale: float
) -> Float[Tensor, "face rgb height width"]:
    """The network's input: centred and scaled, float32; channels last in memory as the chips are."""
    # Row by row: along three colours alone torch subtracts one number at a time, and takes three times as long.
    width = faces.shape[2]
    rows = faces.reshape(-1, 3 * width).float()
    centred = rows.sub_(torch.tensor(mean_rgb, device=faces.device).repeat(width)).div_(scale)
    return centred.view(faces.shape).permute(0, 3, 1, 2)


def backbone_of(network: Architecture, sha256: str, *, device: str, dtype: torch.dtype) -> Backbone:
    """The layers up to the feature map, copied, affines folded, ready for inference."""
    layers = folded_backbone(network).to(device=device, dtype=dtype)
    layers = layers.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch documents it, its stubs don't
    return Backbone(
        name=network.name,
        input_px=network.input_px,
        feature_map_shape=network.feature_map_shape,
        sha256=sha256,
        layers=layers,
        mean_rgb=network.mean_rgb,
        scale=network.scale,
        template=network.template,
        device=torch.device(device),
        dtype=dtype,
    )


def folded_backbone(network: Architecture) -> nn.Module:
    """The layers up to the feature map, copied, affines folded, for inference, in float32."""
    return fold(deepcopy(network.backbone)).eval().requires_grad_(requires_grad=False)
