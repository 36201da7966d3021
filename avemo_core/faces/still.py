"""The face of a single picture."""

from jaxtyping import UInt8
from numpy import ndarray

from avemo_core.faces import chip as chips
from avemo_core.faces import landmarks, region
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import MIN_SCORE, Mesh
from avemo_core.faces.template import CHIP, Template


def chip_of(
    picture: UInt8[ndarray, "row column bgr"], detector: Detector, mesh: Mesh, *, side_px: int = chips.SIDE_PX, template: Template = CHIP
) -> UInt8[ndarray, "side side rgb"] | None:
    """The chip of the picture's largest face, or None when there is none."""
    detections = detector.find(picture)
    if not detections:
        return None
    rough, _ = mesh.points(picture, region.of_detection(detections[0]))
    points, score = mesh.points(picture, region.of_points(rough))
    return chips.of(picture, landmarks.of(points), side_px, template) if score >= MIN_SCORE else None
