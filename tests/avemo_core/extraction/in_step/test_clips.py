from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest
import torch
from numpy import ndarray
from torch import Tensor, nn

from avemo_core.errors import MediaError
from avemo_core.extraction.in_step.clips import ClipBlock, OpenClip, blocks_of
from avemo_core.extraction.in_step.stepper import BLOCK, ClipFaces, DeviceNetworks
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.media import picture as pictures
from avemo_core.media.recording import Frame
from schemas.rejects import Reason

LENGTHS = {"short": 2, "one block": BLOCK, "long": BLOCK + 1, "empty": 0}


@pytest.fixture(scope="module")
def blocks(talking: list[ndarray], on_device: DeviceNetworks) -> dict[str, list[ClipBlock]]:
    grey = [np.full((120, 160, 3), 120, np.uint8)] * BLOCK
    # Faces take the time: one clip has one, of 40 pixels.
    faces = [cv2.resize(picture, (160, 120)) for picture in talking]
    sources = {name: _frames((faces if name == "long" else grey)[:length]) for name, length in LENGTHS.items()}
    sources["broken"] = _frames(grey[:3], breaks=True)
    clips = (OpenClip(name=name, frames=frames, faces=ClipFaces(Detector(), Mesh())) for name, frames in sources.items())
    found = defaultdict[str, list[ClipBlock]](list)
    with ThreadPoolExecutor(1) as pool:
        for block in blocks_of(on_device, clips, at_once=2, pool=pool):
            found[block.name].append(block)
    return found


def test_every_frame_of_every_clip_comes_once_and_in_order(blocks: dict[str, list[ClipBlock]]):
    times = {name: [frame.time_s for block in of_clip for frame in block.seen] for name, of_clip in blocks.items() if name != "broken"}

    assert times == {name: [number / 25 for number in range(length)] for name, length in LENGTHS.items()}
    assert all(len(frame.faces) == 1 for block in blocks["long"] for frame in block.seen)


def test_the_last_block_of_a_clip_says_so(blocks: dict[str, list[ClipBlock]]):
    assert {name: [block.is_last for block in of_clip] for name, of_clip in blocks.items()} == {
        "short": [True],
        "one block": [False, True],
        "long": [False, True],
        "empty": [True],
        "broken": [True],
    }


def test_a_clip_that_cannot_be_read_on_ends_with_the_reason_and_the_others_go_on(blocks: dict[str, list[ClipBlock]]):
    (broken,) = blocks["broken"]

    assert broken.error is not None
    assert broken.error.reason == Reason.FAILED


def test_a_clip_whose_values_are_no_numbers_costs_itself_alone(talking: list[ndarray], on_device: DeviceNetworks):
    dark, bright = ([cv2.resize(picture, (160, 120)) // share for picture in talking[:2]] for share in (3, 1))
    backbone = replace(on_device.backbone, layers=NoNumberInTheDark(on_device.backbone.layers))
    clips = [
        OpenClip(name=name, frames=_frames(bgr), faces=ClipFaces(Detector(), Mesh())) for name, bgr in (("dark", dark), ("bright", bright))
    ]

    with ThreadPoolExecutor(1) as pool:
        found = {block.name: block for block in blocks_of(replace(on_device, backbone=backbone), clips, at_once=2, pool=pool)}

    assert found["dark"].error is not None
    assert (found["bright"].error, len(found["bright"].seen)) == (None, 2)
    assert all(np.isfinite(face.appearance).all() for frame in found["bright"].seen for face in frame.faces)


class NoNumberInTheDark(nn.Module):
    """Layers that fail at dark chips."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, chips: Tensor) -> Tensor:
        is_dark = chips.mean(dim=(1, 2, 3), keepdim=True) < -0.2
        return torch.where(is_dark, torch.nan, self.layers(chips))


def _frames(bgr: list[ndarray], *, breaks: bool = False) -> Iterator[Frame]:
    for number, picture in enumerate(bgr):
        yield Frame(time_s=number / 25, picture=pictures.of(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")))
    if breaks:
        raise MediaError(Reason.FAILED, "decode", "torn")
