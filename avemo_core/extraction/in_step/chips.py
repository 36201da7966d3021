"""Face chips cut out and read on a device: they never leave it, and of the feature maps only what was selected does."""

from typing import Final

import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from avemo_core.appearance.network import Backbone, preprocessed
from avemo_core.faces.batched import cutting, regions
from avemo_core.faces.batched.pictures import DevicePictures

BATCH: Final = 256
"""Chips that are read at once: the largest of the network's maps are 700 MB in float16 then."""


@torch.inference_mode()
def selected_values(
    network: Backbone,
    pictures: DevicePictures,
    which: Int64[Tensor, " face"],
    landmarks: Float32[Tensor, "face 49 2"],
    indices: Int64[Tensor, " selected"],
) -> Float32[Tensor, "face selected"]:
    """The selected values of the feature map of each face's chip, on the device; nothing waits for it.

    Args:
        network: on the device.
        pictures: on the device.
        which: of the pictures each face is in.
        landmarks: of the faces, in pixels of their pictures.
        indices: into the flattened feature map.
    """
    to_picture = regions.chips_to_picture(landmarks, network.template, network.input_px)
    parts = zip(torch.split(which, BATCH), torch.split(to_picture, BATCH), strict=True)
    maps = (_feature_maps(network, cutting.squares(pictures, *part, network.input_px)) for part in parts)
    return torch.cat([each.flatten(1)[:, indices].float() for each in maps])


def _feature_maps(network: Backbone, chips: Float32[Tensor, "face rgb side side"]) -> Float[Tensor, "face channels rows columns"]:
    as_bytes = chips.permute(0, 2, 3, 1).contiguous().to(torch.uint8)
    values: Tensor = network.layers(preprocessed(as_bytes, network.mean_rgb, network.scale).to(network.dtype))
    return values
