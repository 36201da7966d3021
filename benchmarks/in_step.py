"""Clips followed in step on a device beside each of them alone on the CPU: the same tracks, how far apart landmarks and appearance.

OMP_NUM_THREADS=1 python benchmarks/in_step.py --clips clips.csv [--limit 12] [--frames 45] [--device cpu] [--precision float32]
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from avemo_core.appearance import networks
from avemo_core.appearance.network import Backbone
from avemo_core.appearance.selection import Selection
from avemo_core.corpora.clips_table import clips_of, read_clips
from avemo_core.extraction.in_step.clips import OpenClip, blocks_of
from avemo_core.extraction.in_step.stepper import ClipFaces, DeviceNetworks
from avemo_core.faces.batched import mesh_network, yunet_network
from avemo_core.faces.detect import Detector
from avemo_core.faces.frame_faces import FaceObserver, FrameFaces
from avemo_core.faces.landmarks import SCHEME
from avemo_core.faces.mesh import Mesh
from avemo_core.media import decode
from avemo_core.media.recording import Frame
from avemo_core.runtime import threads
from cluster.ray.session import resolve


class Apart(NamedTuple):
    """One clip both ways."""

    same_tracks: bool
    landmarks: ndarray
    """Of each face's 49 points, shares of the distance between the eyes' outer corners; empty where tracks differ."""
    appearance: float
    """Mean error over mean value."""


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", required=True, help="a clips table or a corpus folder")
    parser.add_argument("--limit", type=int, default=12, help="of the clips, so many, evenly spread, all in step")
    parser.add_argument("--frames", type=int, default=45, help="of each clip, the first so many")
    parser.add_argument("--device", default="cpu", help="as torch names it")
    parser.add_argument("--precision", choices=list(networks.DTYPES), default="float32", help="on the device")
    options = parser.parse_args()
    threads.use_one()
    every = list(clips_of(read_clips(resolve(options.clips))))
    chosen = [every[place] for place in np.unique(np.linspace(0, len(every) - 1, options.limit).round().astype(int))]
    clips = [_frames(clip.uri, clip.start_s, clip.stop_s, options.frames) for clip in chosen]
    on_device = _networks(options.device, options.precision)
    faces = [ClipFaces(Detector(), Mesh()) for _ in clips]
    stepped = in_step(on_device, faces, clips)
    network = networks.load()
    apart = [_apart(network, _alone(clip), seen) for clip, seen in zip(clips, stepped, strict=True)]
    landmarks = np.concatenate([each.landmarks for each in apart])
    replayed, computed = (sum(getattr(each.mesh, name) for each in faces) for name in ("replayed", "computed"))
    print(f"{len(clips)} clips, {sum(map(len, clips))} frames, {options.precision} on {options.device}\n\n| | |\n|---|---|")
    print(f"| clips with the same tracks in every frame | {sum(each.same_tracks for each in apart)} |")
    print(f"| faces that the device had followed | {replayed} of {replayed + computed} |")
    print(f"| landmarks apart, % of the eyes' distance: mean | {100 * landmarks.mean():.3f} |")
    print(f"| 99 of 100, most | {100 * np.quantile(landmarks, 0.99):.2f}, {100 * landmarks.max():.2f} |")
    print(f"| feature map apart, % of its mean value | {100 * np.nanmean([each.appearance for each in apart]):.2f} |")


def in_step(on_device: DeviceNetworks, faces: Sequence[ClipFaces], clips: Sequence[Sequence[Frame]]) -> list[list[FrameFaces]]:
    """The faces of every clip, all of them in step."""
    opened = (
        OpenClip(name=str(place), frames=iter(clip), faces=of_clip) for place, (clip, of_clip) in enumerate(zip(clips, faces, strict=True))
    )
    seen: list[list[FrameFaces]] = [[] for _ in clips]
    with ThreadPoolExecutor(1) as pool:
        for block in blocks_of(on_device, opened, at_once=len(clips), pool=pool):
            seen[int(block.name)] += block.seen
    return seen


def _networks(device: str, precision: str) -> DeviceNetworks:
    dtype = networks.DTYPES[precision]
    network = networks.load(device=device, precision=precision)
    assert isinstance(network, Backbone)  # noqa: S101 - as the shipped one is
    return DeviceNetworks(
        yunet=yunet_network.load(device=device, dtype=dtype),
        mesh=mesh_network.load(SCHEME, device=device, dtype=dtype),
        backbone=network,
        selection=Selection.all(network),
    )


def _frames(uri: str, start_s: float | None, stop_s: float | None, count: int) -> list[Frame]:
    with decode.opened(uri, start_s=start_s, stop_s=stop_s) as recording:
        return list(islice(recording.frames(), count))


def _alone(frames: Sequence[Frame]) -> list[FrameFaces]:
    observer = FaceObserver(Detector(), Mesh())
    return [observer.observe(frame) for frame in frames]


def _apart(network: networks.FaceNetwork, alone: Sequence[FrameFaces], stepped: Sequence[FrameFaces]) -> Apart:
    here, there = ([list(frame.faces) for frame in each] for each in (stepped, alone))
    if [[face.track for face in frame] for frame in here] != [[face.track for face in frame] for frame in there] or not any(here):
        return Apart(same_tracks=here == there, landmarks=np.zeros((0, 49)), appearance=float("nan"))
    pairs = [pair for frame, other in zip(here, there, strict=True) for pair in zip(frame, other, strict=True)]
    points, exact = (np.stack([pair[way].landmarks for pair in pairs]) for way in (0, 1))
    eyes_px = np.linalg.norm(exact[:, 19] - exact[:, 28], axis=1)
    maps = network.feature_map(np.stack([face.chip for _, face in pairs])).flatten(1).numpy()
    error = np.abs(np.stack([face.appearance for face, _ in pairs]) - maps).mean() / np.abs(maps).mean()
    return Apart(same_tracks=True, landmarks=np.linalg.norm(points - exact, axis=2) / eyes_px[:, None], appearance=float(error))


if __name__ == "__main__":
    main()
