"""Chips of a clip's main face at intervals: what the random forest of `select` is trained on."""

import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from avemo_core.corpora.clip import Clip
from avemo_core.faces.chip import SIDE_PX
from avemo_core.faces.detect import Detector
from avemo_core.faces.frame_faces import MAX_FACES, FaceObserver, FrameFaces, main_track
from avemo_core.faces.mesh import Mesh
from avemo_core.faces.template import CHIP, Template
from avemo_core.media import decode


def chips_of(
    clip: Clip, detector: Detector, mesh: Mesh, *, every_s: float, side_px: int = SIDE_PX, template: Template = CHIP
) -> tuple[UInt8[ndarray, "face side side rgb"], str]:
    """The chips of the clip's main face about every so many seconds, the face tracked through all frames; and the sha256 of its file.

    Raises:
        MediaError: the clip cannot be read.
    """
    max_faces = None if clip.region is None else MAX_FACES
    observer = FaceObserver(detector, mesh, chip_px=side_px, template=template, max_faces=max_faces)
    frames, next_s = list[FrameFaces](), 0.0
    with decode.opened(clip.uri, start_s=clip.start_s, stop_s=clip.stop_s) as recording:
        for frame in recording.frames():
            frame_faces = observer.observe(frame, with_chips=frame.time_s >= next_s)
            frames.append(frame_faces)
            if any(face.chip is not None for face in frame_faces.faces):
                next_s = frame.time_s + every_s
    main = main_track(frames, clip.region)
    chips = [face.chip for frame_faces in frames if (face := frame_faces.face(main)) is not None and face.chip is not None]
    return np.stack(chips) if chips else np.zeros((0, side_px, side_px, 3), np.uint8), recording.sha256
