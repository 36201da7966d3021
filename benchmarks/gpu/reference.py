"""Values of the CPU's path, for machines that have neither OpenCV nor LiteRT: pictures of a face that drifts, and what is found in them.

    python -m benchmarks.gpu.reference        makes the file anew

The portrait is scikit-image's, in the public domain (docs/demo_corpus.md). The pictures are windows of it, 320 wide, so that the detector
searches them as they are.
"""

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
from numpy import ndarray
from safetensors.numpy import load_file, save_file

PATH: Final = Path(__file__).with_name("reference.safetensors")
WIDTH, HEIGHT, FRAMES = 320, 240, 15
DRIFT: Final = (80, 30)
"""How far a window may move, pixels."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reference:
    """The pictures and the CPU's values."""

    y: ndarray
    u: ndarray
    v: ndarray
    offsets: ndarray
    """Left and top of each frame's window, even."""
    detection: ndarray
    """Of the first frame: left, top, right, bottom, the eyes' x and y, score."""
    region: ndarray
    """Where the first picture's points were found: centre, and the vector along its upper edge."""
    points: ndarray
    """FaceMesh's, frame by frame, each followed from the one before."""
    least_score: ndarray
    """The least probability of a face."""
    maps: ndarray
    """The face network's, flat, of the first and of the last frame."""

    @property
    def frames(self) -> list[tuple[ndarray, ndarray, ndarray]]:
        """Planes of every frame."""
        return [
            (
                np.ascontiguousarray(self.y[top : top + HEIGHT, left : left + WIDTH]),
                *(
                    np.ascontiguousarray(plane[top // 2 : (top + HEIGHT) // 2, left // 2 : (left + WIDTH) // 2])
                    for plane in (self.u, self.v)
                ),
            )
            for left, top in self.offsets.tolist()
        ]


def load() -> Reference:
    """The file beside this one."""
    return Reference(**load_file(PATH))


def made() -> Reference:
    """The same by the CPU's path of this checkout."""
    import cv2  # noqa: PLC0415 - only where the file is made
    from skimage.data import astronaut  # noqa: PLC0415

    size = (WIDTH + DRIFT[0], HEIGHT + DRIFT[1])
    portrait = np.ascontiguousarray(astronaut()[: size[1], 40 : 40 + size[0], ::-1])
    flat = cv2.cvtColor(portrait, cv2.COLOR_BGR2YUV_I420).reshape(-1)
    y, u, v = np.split(flat, [size[0] * size[1], size[0] * size[1] * 5 // 4])
    steps = range(FRAMES)
    offsets = [[int(40 + 40 * math.sin(step / 5)) & ~1, int(15 + 15 * math.cos(step / 4)) & ~1] for step in steps]
    half = size[1] // 2, size[0] // 2
    nothing = np.zeros(0, np.float32)
    pictures = Reference(
        y=y.reshape(size[1], size[0]),
        u=u.reshape(half),
        v=v.reshape(half),
        offsets=np.array(offsets, np.int32),
        detection=nothing,
        region=nothing,
        points=nothing,
        least_score=nothing,
        maps=nothing,
    )
    return _with_values(pictures)


def _with_values(pictures: Reference) -> Reference:
    from avemo_core.appearance import networks  # noqa: PLC0415 - as above
    from avemo_core.faces import chip, landmarks, region  # noqa: PLC0415
    from avemo_core.faces.detect import Detector  # noqa: PLC0415
    from avemo_core.faces.mesh import Mesh  # noqa: PLC0415
    from avemo_core.media.picture import Picture  # noqa: PLC0415

    frames = [Picture(*planes) for planes in pictures.frames]
    (face,) = Detector().find_large(frames[0])
    mesh, where, points, scores = Mesh(), region.of_detection(face), [], []
    # The first picture is read twice, as the tracker does where a face is new; the second reading counts.
    where = first = region.of_points(mesh.points(frames[0], where)[0])
    for frame in frames:
        found, score = mesh.points(frame, where)
        where = region.of_points(found)
        points.append(found)
        scores.append(score)
    edge = first.side_px * math.cos(first.roll_rad), first.side_px * math.sin(first.roll_rad)
    chips = np.stack([chip.of(frames[place], landmarks.of(points[place])) for place in (0, -1)])
    return Reference(
        **{name: getattr(pictures, name) for name in ("y", "u", "v", "offsets")},
        detection=np.concatenate([face.box, face.eyes.reshape(-1), [face.score]]).astype(np.float32),
        region=np.array([first.x_px, first.y_px, *edge], np.float32),
        points=np.stack(points),
        least_score=np.array([min(scores)], np.float32),
        maps=networks.load().feature_map(chips).flatten(1).numpy(),
    )


if __name__ == "__main__":
    values = made()
    save_file({each.name: np.ascontiguousarray(getattr(values, each.name)) for each in fields(values)}, PATH)
