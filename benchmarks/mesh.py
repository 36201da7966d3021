"""The landmark schemes beside each other: how far apart, how steady, from where they count, what they cost.

Pictures are frames of the clips, evenly spread. Distances are shares of the distance between the eyes' outer corners.

    OMP_NUM_THREADS=1 python benchmarks/mesh.py --clips clips.csv [--limit 60] [--pictures 3]
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from typing import Final, get_args

import numpy as np
from numpy import ndarray

from avemo_core.corpora.clip import Clip
from avemo_core.corpora.clips_table import clips_of, read_clips
from avemo_core.faces import chip, cutout, landmarks
from avemo_core.faces import region as regions
from avemo_core.faces.detect import Detector
from avemo_core.faces.frame_faces import FaceObserver
from avemo_core.faces.landmarks import LandmarkScheme
from avemo_core.faces.mesh import INPUT_PX, MIN_SCORE, Mesh
from avemo_core.faces.region import Region
from avemo_core.faces.template import CHIP
from avemo_core.media import decode
from avemo_core.runtime import threads
from cluster.ray.session import resolve

SCHEMES: Final = get_args(LandmarkScheme)
SETTLED: Final = 3
"""So many passes, each in the region of the one before, until a region is a face's own."""
SHAKES: Final = 8
SHIFT, ZOOM, TURN_DEG = 0.02, 0.03, 3.0
"""A shaken region is moved by up to so much of its side, so much larger or smaller, and turned, either way."""
DRIFTS: Final = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""How far a region slides off the face, as a share of its side."""
Face = tuple[ndarray, Region]


def main() -> None:
    """Print a table, one column a scheme."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", required=True, help="a clips table or a corpus folder")
    parser.add_argument("--limit", type=int, default=60, help="of the clips, so many, evenly spread")
    parser.add_argument("--pictures", type=int, default=3, help="of each clip")
    options = parser.parse_args()
    threads.use_one()
    every = list(clips_of(read_clips(resolve(options.clips))))
    clips = [every[place] for place in np.unique(np.linspace(0, len(every) - 1, options.limit).round().astype(int))]
    meshes = {scheme: Mesh(scheme) for scheme in SCHEMES}
    faces = [face for clip_ in clips for face in _faces_of(clip_, meshes[SCHEMES[0]], options.pictures)]
    print(f"{len(faces)} faces of {len(clips)} clips\n\n| | {' | '.join(SCHEMES)} |\n|---|{'---|' * len(SCHEMES)}")
    _row("a point and its twin in the mirrored copy add up to, px", {name: twins(mesh, faces) for name, mesh in meshes.items()}, "{:.2f}")
    _row("the 49 points move in a shaken region, %", {name: 100 * shaken(mesh, faces) for name, mesh in meshes.items()}, "{:.2f}")
    for drift in DRIFTS:
        _row(
            f"scores {MIN_SCORE:g} where the region slid by {drift:g}",
            {name: found(mesh, faces, drift) for name, mesh in meshes.items()},
            "{:.3f}",
        )
    jitter, cost = followed(clips, meshes)
    _row("the 49 points tremble from frame to frame, %", {name: 100 * value for name, value in jitter.items()}, "{:.3f}")
    _row("decoding and following, CPU ms a frame, in turns", cost, "{:.2f}")
    points, chips = apart(meshes, faces)
    print(f"\nIn the same regions the 49 points lie {100 * points:.1f} % apart;")
    print(f"where each network follows the face in regions of its own, the chips' corners do by {chips:.2f} px of {chip.SIDE_PX}.")


def _row(what: str, values: Mapping[str, float], form: str) -> None:
    print(f"| {what} | {' | '.join(form.format(values[scheme]) for scheme in SCHEMES)} |", flush=True)


def _faces_of(clip_: Clip, mesh: Mesh, pictures: int) -> list[Face]:
    """Some pictures of a clip with the region of the largest face in each."""
    with decode.opened(clip_.uri, start_s=clip_.start_s, stop_s=clip_.stop_s) as recording:
        frames = [frame.picture for frame in recording.frames()]
    detector, faces = Detector(), []
    for place in np.linspace(0, len(frames) - 1, pictures + 2).round().astype(int)[1:-1]:
        bgr = np.ascontiguousarray(frames[place].bgr())
        if detections := detector.find(bgr):
            faces.append((bgr, settled(mesh, bgr, regions.of_detection(detections[0]))))
    return faces


def settled(mesh: Mesh, bgr: ndarray, region: Region) -> Region:
    """The face's own region, as the mesh follows it."""
    for _ in range(SETTLED):
        region = regions.of_points(mesh.points(bgr, region)[0])
    return region


def twins(mesh: Mesh, faces: Sequence[Face]) -> float:
    """What the two x of a point and its twin add up to in pixels of the input, counted as the network does: 191 or 192.

    Twins are pairs that are each other's nearest in the mean face and its mirror image.
    """
    whole = Region(x_px=(INPUT_PX - 1) / 2, y_px=(INPUT_PX - 1) / 2, side_px=float(INPUT_PX), roll_rad=0.0)
    copies = [cutout.square(bgr, settled(mesh, bgr, region).to_picture(INPUT_PX), INPUT_PX) for bgr, region in faces]
    here = np.stack([mesh.points(copy, whole)[0] for copy in copies])
    there = np.stack([mesh.points(np.ascontiguousarray(copy[:, ::-1]), whole)[0] for copy in copies])
    mean = here.mean(0)
    mirrored = mean * [-1, 1] + [2 * mean[:, 0].mean(), 0]
    twin = np.linalg.norm(mirrored[:, None] - mean[None], axis=2).argmin(1)
    pairs = twin[twin] == np.arange(len(twin))
    first_pixel = float(mesh._first_pixel)  # noqa: SLF001 - what is measured is the network's own count
    return float((here[:, pairs, 0] + there[:, twin[pairs], 0]).mean()) + 2 * first_pixel


def shaken(mesh: Mesh, faces: Sequence[Face]) -> float:
    """Mean distance of the points from their mean over shaken regions of one picture."""
    draw = np.random.default_rng(0)
    moved = []
    for bgr, region in faces:
        own = settled(mesh, bgr, region)
        shakes = [_shaken(own, *draw.uniform(-1, 1, 4)) for _ in range(SHAKES)]
        points = np.stack([landmarks.of(mesh.points(bgr, shake)[0]) for shake in shakes])
        moved.append(np.linalg.norm(points - points.mean(0), axis=2).mean() / _eyes_px(points.mean(0)))
    return float(np.mean(moved))


def _shaken(region: Region, x: float, y: float, zoom: float, turn: float) -> Region:
    side_px = region.side_px
    return Region(
        x_px=region.x_px + SHIFT * side_px * x,
        y_px=region.y_px + SHIFT * side_px * y,
        side_px=side_px * (1 + ZOOM * zoom),
        roll_rad=region.roll_rad + np.radians(TURN_DEG) * turn,
    )


def found(mesh: Mesh, faces: Sequence[Face], drift: float) -> float:
    """Proportion of faces that still score as one where the region slid off them, to the left and to the right."""
    scores = []
    for bgr, region in faces:
        own = settled(mesh, bgr, region)
        for way in (-1, 1):
            slid = Region(x_px=own.x_px + way * drift * own.side_px, y_px=own.y_px, side_px=own.side_px, roll_rad=own.roll_rad)
            scores.append(mesh.points(bgr, slid)[1] >= MIN_SCORE)
    return float(np.mean(scores))


def followed(clips: Sequence[Clip], meshes: Mapping[LandmarkScheme, Mesh]) -> tuple[dict[str, float], dict[str, float]]:
    """How the points tremble while a face is followed, and what that costs, the schemes in turns on each clip.

    Trembling is the mean second difference of the 49 points over three frames that follow each other, less their mean movement:
    a head that moves evenly has none.
    """
    trembling: dict[str, list[float]] = {scheme: [] for scheme in meshes}
    spent_s, frames = dict.fromkeys(meshes, 0.0), 0
    for turn, clip_ in enumerate(clips):
        for scheme in list(meshes)[:: 1 if turn % 2 else -1]:
            start_s = time.process_time()
            points = _points_of(clip_, meshes[scheme])
            spent_s[scheme] += time.process_time() - start_s
            trembling[scheme].append(_trembling(points))
        frames += len(points)
    return {scheme: float(np.nanmean(values)) for scheme, values in trembling.items()}, {
        scheme: 1000 * value / frames for scheme, value in spent_s.items()
    }


def _points_of(clip_: Clip, mesh: Mesh) -> list[ndarray | None]:
    observer = FaceObserver(Detector(), mesh)
    with decode.opened(clip_.uri, start_s=clip_.start_s, stop_s=clip_.stop_s) as recording:
        seen = [observer.observe(frame, with_chips=False).face(0) for frame in recording.frames()]
    return [None if face is None else face.landmarks for face in seen]


def _trembling(points: Sequence[ndarray | None]) -> float:
    triples = zip(points, points[1:], points[2:], strict=False)
    seen = [np.stack([a, b, c]) for a, b, c in triples if a is not None and b is not None and c is not None]
    if not seen:
        return float("nan")
    faces = np.stack(seen)
    within = faces - faces.mean(2, keepdims=True)
    second = within[:, 0] - 2 * within[:, 1] + within[:, 2]
    return float(np.mean(np.linalg.norm(second, axis=2).mean(1) / [_eyes_px(face) for face in faces[:, 1]]))


def apart(meshes: Mapping[LandmarkScheme, Mesh], faces: Sequence[Face]) -> tuple[float, float]:
    """Mean distance of the schemes' 49 points in the same regions; and of the chips' corners in regions of their own, in chip pixels."""
    older, newer = meshes.values()
    distances, moved = [], []
    template = CHIP.in_px(chip.SIDE_PX)
    corners = np.array([[0, 0, 1], [149, 0, 1], [0, 149, 1], [149, 149, 1]], float)
    for bgr, region in faces:
        one, other = (landmarks.of(mesh.points(bgr, region)[0]) for mesh in (older, newer))
        distances.append(np.linalg.norm(one - other, axis=1).mean() / _eyes_px(one))
        own = [landmarks.of(mesh.points(bgr, settled(mesh, bgr, region))[0]) for mesh in (older, newer)]
        maps = [chip.similarity(template, CHIP.anchors(points)) for points in own]
        scale = np.hypot(maps[0][0, 0], maps[0][1, 0])
        moved.append(np.linalg.norm(corners @ maps[0].T - corners @ maps[1].T, axis=1).mean() / scale)
    return float(np.mean(distances)), float(np.mean(moved))


def _eyes_px(points: ndarray) -> float:
    """Between the outer corners of the eyes, which are the first of the left eye's landmarks and the fourth of the right's."""
    return float(np.linalg.norm(points[19] - points[28]))


if __name__ == "__main__":
    main()
