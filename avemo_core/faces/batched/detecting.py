"""Faces detected in many pictures at once: what OpenCV's FaceDetectorYN makes of YuNet's answers."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import torch
from jaxtyping import Float32, Int64, UInt8
from numpy import ndarray
from torch import Tensor
from torch.nn import functional

from avemo_core.faces.batched.yunet_network import YuNet
from avemo_core.faces.boxes import Detection

MAX_DETECTIONS: Final = 32
"""So many places, the best, are looked at, as in avemo_core.faces.detect, which needs OpenCV."""


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
    places = functional.pad(places, (0, 0, 0, max(0, MAX_DETECTIONS - places.shape[1])))
    best: Int64[Tensor, "picture candidate"] = places[..., -1].topk(MAX_DETECTIONS, dim=1).indices
    return places.gather(1, best[..., None].expand(-1, -1, places.shape[2]))


def detections(
    of_picture: Float32[ndarray, "candidate value"], scale: Float32[ndarray, "2"], *, min_score: float, nms_iou: float
) -> list[Detection]:
    """The faces of one picture, largest first.

    Args:
        of_picture: its candidates, best first, brought to the CPU.
        scale: how many of the picture's pixels (x, y) one of the copy's is.
        min_score: faces below it are not reported.
        nms_iou: boxes that overlap more than this are one face.
    """
    likely = of_picture[of_picture[:, -1] >= min_score]
    found = [
        Detection(
            box=np.concatenate([row[:2], row[:2] + row[2:4]]) * np.tile(scale, 2), eyes=row[4:8].reshape(2, 2) * scale, score=float(row[-1])
        )
        for row in (likely[place] for place in _distinct(likely[:, :4], nms_iou))
    ]
    return sorted(found, key=lambda detection: -detection.side_px)


def _distinct(boxes: Float32[ndarray, "candidate 4"], nms_iou: float) -> Iterator[int]:
    """The places of the boxes that no better one has covered; boxes are left, top, width, height, best first."""
    # OpenCV compares boxes of whole pixels, cut off.
    whole = np.trunc(boxes).astype(np.float64)
    corners = np.concatenate([whole[:, :2], whole[:, :2] + whole[:, 2:]], axis=1)
    kept: list[int] = []
    for place, box in enumerate(corners):
        if all(_overlap(box, corners[other]) <= nms_iou for other in kept):
            kept.append(place)
            yield place


def _overlap(a: Sequence[float] | ndarray, b: Sequence[float] | ndarray) -> float:
    """Intersection over union; two empty boxes are one, as OpenCV has it."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(0.0, float(width)) * max(0.0, float(height))
    union = float((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])) - common
    return common / union if union > 0 else 1.0
