"""Candidates for a face in many pictures at once, on a device."""

import torch
from jaxtyping import Float32, Int64, UInt8
from torch import Tensor
from torch.nn import functional

from avemo_core.faces.batched.yunet_network import YuNet
from avemo_core.faces.yunet.detections import MAX_CANDIDATES


@torch.inference_mode()
def candidates(network: YuNet, copies: UInt8[Tensor, "picture rows columns bgr"]) -> Float32[Tensor, "picture candidate value"]:
    """The best places of each picture, best first, on the device of the network: nothing waits for it (yunet_network.YuNet).

    Args:
        network: on some device.
        copies: of pictures, of one size.
    """
    weight = next(network.parameters())
    sent = copies.to(weight.device, non_blocking=True).permute(0, 3, 1, 2).to(weight.dtype)
    places: Float32[Tensor, "picture place value"] = network(sent)
    # A picture of a few pixels has fewer places; those that fill up have score 0.
    places = functional.pad(places, (0, 0, 0, max(0, MAX_CANDIDATES - places.shape[1])))
    best: Int64[Tensor, "picture candidate"] = places[..., -1].topk(MAX_CANDIDATES, dim=1).indices
    return places.gather(1, best[..., None].expand(-1, -1, places.shape[2]))
