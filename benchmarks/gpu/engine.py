"""The three networks on one device, and what is done with them in turn."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import torch
from torch import Tensor

from avemo_core.appearance import resnet29
from avemo_core.appearance.network import Backbone, backbone_of
from avemo_core.extraction.in_step.chips import selected_values
from avemo_core.faces.batched import detecting, following, mesh_network, pictures, yunet_network
from avemo_core.faces.batched.following import Followed
from avemo_core.faces.batched.mesh_network import FaceMesh
from avemo_core.faces.batched.pictures import DevicePictures, Planes
from avemo_core.faces.batched.yunet_network import YuNet
from avemo_core.faces.landmarks import IBUG_49, SCHEME
from avemo_core.runtime import weights
from benchmarks.gpu.reference import HEIGHT, WIDTH

MAP: Final = prod(resnet29.FEATURE_MAP_SHAPE)
SELECTED: Final = 1024
"""Values of the map that are kept, as many as a forest selects."""
CALLS_S: Final = 0.05
"""So long are calls queued between two waits for the device."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Engine:
    """Networks in one precision, and the device that they are on."""

    yunet: YuNet
    mesh: FaceMesh
    backbone: Backbone
    device: torch.device
    dtype: torch.dtype

    @classmethod
    def load(cls, models: Path | None, device: str, dtype: torch.dtype) -> "Engine":
        """From the model files in a folder; None: from avemo's cache."""
        paths = {
            each.name: (models / each.file if models else weights.path_of(each.name))
            for each in weights.MODEL_FILES
            if each.name in ("yunet", "facemesh", "resnet29")
        }
        return cls(
            yunet=yunet_network.load(paths["yunet"], device=device, dtype=dtype),
            mesh=mesh_network.load(SCHEME, paths["facemesh"], device=device, dtype=dtype),
            backbone=backbone_of(resnet29.from_dlib(paths["resnet29"]), "", device=device, dtype=dtype),
            device=torch.device(device),
            dtype=dtype,
        )

    def upload(self, frames: Sequence[Planes]) -> DevicePictures:
        """Frames on the device."""
        return pictures.upload(frames, self.device)

    def detect(self, on_device: DevicePictures, count: int) -> Tensor:
        """Candidates of the first pictures, all of the reference's size, in which they are searched."""
        pixels = on_device.pixels[: count * HEIGHT * WIDTH]
        return detecting.candidates(self.yunet, pixels.view(torch.uint8).view(count, HEIGHT, WIDTH, 4)[..., :3].flip(-1))

    def follow(self, on_device: DevicePictures, which: Tensor, region: Tensor) -> Followed:
        """Faces through the pictures."""
        return following.follow(self.mesh, on_device, which, region)

    def appearance(self, on_device: DevicePictures, followed: Followed, which: Tensor, selected: int = SELECTED) -> Tensor:
        """So many values of every face at every step."""
        landmarks = followed.points[:, :, list(IBUG_49)].flatten(0, 1)
        indices = torch.arange(0, MAP, MAP // selected, device=self.device)
        return selected_values(self.backbone, on_device, which.flatten(), landmarks, indices)


def seconds(work: Callable[[], object], device: torch.device, budget_s: float) -> float:
    """How long one call takes: median over rounds of calls that are queued together; CPU seconds where there is no GPU."""
    on_gpu = device.type == "cuda"
    clock = time.perf_counter if on_gpu else time.process_time

    def taken(calls: int) -> float:
        start_s = clock()
        for _ in range(calls):
            work()
        if on_gpu:
            torch.cuda.synchronize()
        return (clock() - start_s) / calls

    # The first call on a GPU looks for the fastest ways; the second says how many go together.
    taken(1)
    calls = max(1, int(CALLS_S / max(taken(1), 1e-6)))
    rounds, until_s = [], time.perf_counter() + budget_s
    while not rounds or time.perf_counter() < until_s:
        rounds.append(taken(calls))
    return median(rounds)


def which_of(clips: int, frames: int, device: torch.device) -> Tensor:
    """Numbers of the pictures of so many clips, clip after clip; by step and clip."""
    return torch.from_numpy(np.arange(clips * frames).reshape(clips, frames).T.copy()).to(device)
