"""Faces of several clips, a block of frames of each at a time, found on a device.

clip 0    [ 15 frames )[ 15 frames )[ ...          at the first frame of a block the tracker searches anew, while all goes well
clip 1    [ 15 frames )[ 15 frames )[ ...          one block of every clip: upload, detect, follow; one wait; decide on the CPU
clip 2    [ 15 frames )[ 9 frames )
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float32
from numpy import ndarray
from torch import Tensor

from avemo_core.appearance.network import Backbone
from avemo_core.appearance.selection import Selection
from avemo_core.errors import MediaError
from avemo_core.extraction.face_reader import rounded
from avemo_core.extraction.in_step.chips import selected_values
from avemo_core.extraction.in_step.replayed import FoundPoints, ReplayedDetector, ReplayedMesh
from avemo_core.faces import region as cpu_regions
from avemo_core.faces.batched import detecting, following, regions
from avemo_core.faces.batched.following import Followed
from avemo_core.faces.batched.mesh_network import FaceMesh
from avemo_core.faces.batched.pictures import DevicePictures, upload
from avemo_core.faces.batched.yunet_network import YuNet
from avemo_core.faces.boxes import Detection, bounding_box
from avemo_core.faces.detect import COPY_WIDTH_PX, MIN_SCORE, NMS_IOU, Detector
from avemo_core.faces.frame_faces import Face, FaceObserver, FrameFaces
from avemo_core.faces.mesh import Mesh
from avemo_core.faces.region import Region
from avemo_core.faces.track import CHECK_FRAMES, MAX_LEADING
from avemo_core.faces.tracks import FIRST_PASSES
from avemo_core.faces.yunet.detections import detections
from avemo_core.media.picture import Picture
from avemo_core.media.recording import Frame

BLOCK: Final = CHECK_FRAMES
"""Frames of a clip at a time: from one search of the tracker to the next."""


@dataclass(frozen=True, kw_only=True)
class DeviceNetworks:
    """The networks on one device."""

    yunet: YuNet
    mesh: FaceMesh
    backbone: Backbone
    selection: Selection

    @property
    def device(self) -> torch.device:
        """On which they are."""
        return self.backbone.device


class ClipFaces:
    """The faces of one clip, its frames observed block by block.

    Args:
        detector: searches where the device did not.
        mesh: follows where the device did not.
        max_faces: as of `FaceObserver`.
    """

    def __init__(self, detector: Detector, mesh: Mesh, *, max_faces: int | None = None) -> None:
        self.detector, self.mesh = ReplayedDetector(detector), ReplayedMesh(mesh)
        self.observer = FaceObserver(self.detector, self.mesh, max_faces=max_faces)
        self.live: list[Region] = []
        """Where faces are looked for in the next frame."""


@dataclass(frozen=True, eq=False)
class _Chain:
    """A face to be followed through a block on the device."""

    clip: ClipFaces
    region: Region
    """Where it is looked for at first."""
    pictures: Sequence[int]
    """Numbers of the pictures, step by step."""


def observe(networks: DeviceNetworks, blocks: Sequence[tuple[ClipFaces, Sequence[Frame]]]) -> list[list[FrameFaces] | MediaError]:
    """The faces of the next frames of each clip, with their appearance.

    Args:
        networks: on the device.
        blocks: each clip with its next `BLOCK` frames, fewer at its end; at least one.

    Returns:
        Of each clip its faces, or why it cannot be used: `failed`, where the network's values are not finite.
    """
    pictures = [frame.picture for _, frames in blocks for frame in frames]
    on_device = upload([picture.planes() for picture in pictures], networks.device)
    firsts = np.cumsum([0, *(len(frames) for _, frames in blocks)])[:-1].tolist()
    numbers = [range(first, first + len(frames)) for first, (_, frames) in zip(firsts, blocks, strict=True)]
    found = _candidates(networks.yunet, [pictures[first] for first in firsts])
    # What is followed on needs no detection, and is queued before the CPU waits for one.
    going_on = [_Chain(clip, region, of_clip) for (clip, _), of_clip in zip(blocks, numbers, strict=True) for region in clip.live]
    ahead = [(going_on, _followed(networks.mesh, on_device, going_on))]
    begun = []
    for (clip, frames), of_clip, (candidates, scale) in zip(blocks, numbers, _fetched(found), strict=True):
        faces = detections(candidates, scale, min_score=MIN_SCORE, nms_iou=NMS_IOU)
        clip.detector.know(frames[0].picture, faces)
        if not clip.live:
            begun += _first_chains(clip, faces, of_clip)
    ahead.append((begun, _followed(networks.mesh, on_device, begun)))
    for chains, followed in ahead:
        _replay(chains, followed, pictures)
    seen = [_observed(clip, frames) for clip, frames in blocks]
    return _read(networks, on_device, numbers, seen)


def _candidates(network: YuNet, pictures: Sequence[Picture]) -> list[tuple[Tensor, Float32[ndarray, "2"]]]:
    """The places of each picture that may be faces, on the device, and how many of its pixels (x, y) one of the searched copy's is."""
    copies = [np.ascontiguousarray(picture.small(COPY_WIDTH_PX)) for picture in pictures]
    found = dict[int, Tensor]()
    for shape in dict.fromkeys(copy.shape for copy in copies):
        alike = [place for place, copy in enumerate(copies) if copy.shape == shape]
        of_alike = detecting.candidates(network, torch.from_numpy(np.stack([copies[place] for place in alike])))
        found |= dict(zip(alike, of_alike, strict=True))
    scales = (
        np.array([picture.width / copy.shape[1], picture.height / copy.shape[0]], np.float32)
        for picture, copy in zip(pictures, copies, strict=True)
    )
    return [(found[place], scale) for place, scale in enumerate(scales)]


def _fetched(
    found: Sequence[tuple[Tensor, Float32[ndarray, "2"]]],
) -> list[tuple[Float32[ndarray, "candidate value"], Float32[ndarray, "2"]]]:
    """Brought to the CPU: all wait once."""
    on_cpu = torch.stack([candidates for candidates, _ in found]).cpu().numpy()
    return [(candidates, scale) for candidates, (_, scale) in zip(on_cpu, found, strict=True)]


def _first_chains(clip: ClipFaces, detections: Sequence[Detection], of_clip: Sequence[int]) -> list[_Chain]:
    """The largest faces, each read twice in the first picture, as the tracker does where a face is new."""
    steps = [of_clip[0]] * (FIRST_PASSES - 1) + list(of_clip)
    return [_Chain(clip, cpu_regions.of_detection(face), steps) for face in detections[:MAX_LEADING]]


def _followed(mesh: FaceMesh, pictures: DevicePictures, chains: Sequence[_Chain]) -> Followed | None:
    """The chains on the device, all as long as the longest: one that ends before stays in its last picture."""
    if not chains:
        return None
    steps = max(len(chain.pictures) for chain in chains)
    which = [[*chain.pictures, *[chain.pictures[-1]] * (steps - len(chain.pictures))] for chain in chains]
    device = pictures.pixels.device
    first = regions.stacked([chain.region for chain in chains], device)
    return following.follow(mesh, pictures, torch.tensor(which).T.contiguous().to(device), first)


def _replay(chains: Sequence[_Chain], followed: Followed | None, pictures: Sequence[Picture]) -> None:
    """Tell each clip's mesh what the device has found; waits for it."""
    if followed is None:
        return
    where, points = followed.regions.cpu().numpy(), followed.points.cpu().numpy()
    scores = followed.logits.sigmoid().cpu().numpy()
    for face, chain in enumerate(chains):
        for step, number in enumerate(chain.pictures):
            x, y, across_x, across_y = where[step, face].tolist()
            region = Region(x_px=x, y_px=y, side_px=math.hypot(across_x, across_y), roll_rad=math.atan2(across_y, across_x))
            chain.clip.mesh.know(pictures[number], FoundPoints(region, points[step, face], float(scores[step, face])))


def _observed(clip: ClipFaces, frames: Sequence[Frame]) -> list[FrameFaces]:
    """The tracker goes the way that the device went, and decides."""
    seen = [clip.observer.observe(frame, with_chips=False) for frame in frames]
    answers = clip.mesh.latest(frames[-1].picture)
    boxes = [face.box for face in seen[-1].faces]
    clip.live = [
        cpu_regions.of_points(answer.points) for answer in answers if any(np.array_equal(bounding_box(answer.points), box) for box in boxes)
    ]
    clip.detector.forget()
    clip.mesh.forget()
    return seen


def _read(
    networks: DeviceNetworks, pictures: DevicePictures, numbers: Sequence[Sequence[int]], seen: Sequence[list[FrameFaces]]
) -> list[list[FrameFaces] | MediaError]:
    """Give every face its appearance; a clip whose values are not finite costs itself alone."""
    of_clips = [
        [(number, face) for number, frame in zip(of_clip, frames, strict=True) for face in frame.faces]
        for of_clip, frames in zip(numbers, seen, strict=True)
    ]
    faces = [pair for of_clip in of_clips for pair in of_clip]
    if not faces:
        return list(seen)
    device = pictures.pixels.device
    which = torch.tensor([number for number, _ in faces], device=device)
    landmarks = torch.from_numpy(np.stack([face.landmarks for _, face in faces])).to(device)
    indices = torch.from_numpy(networks.selection.indices).to(device)
    values = selected_values(networks.backbone, pictures, which, landmarks, indices).cpu().numpy()
    bounds = np.cumsum([len(each) for each in of_clips])[:-1]
    return [
        _with_appearance(frames, [face for _, face in of_clip], of_faces)
        for frames, of_clip, of_faces in zip(seen, of_clips, np.split(values, bounds), strict=True)
    ]


def _with_appearance(
    frames: list[FrameFaces], faces: Sequence[Face], values: Float32[ndarray, "face selected"]
) -> list[FrameFaces] | MediaError:
    try:
        appearances = rounded(values)
    except MediaError as error:
        return error
    for face, appearance in zip(faces, appearances, strict=True):
        face.appearance = appearance
    return frames
