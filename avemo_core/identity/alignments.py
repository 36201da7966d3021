"""Face alignments: where in a picture the face is, as an affine map from its chip to the picture; and the chip, as it is or varied.

A pixel's centre has whole coordinates, so an image of `side` pixels reaches from -0.5 to side - 0.5, with its middle at (side - 1) / 2.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from avemo_core.appearance import stills
from avemo_core.faces import chip as chips
from avemo_core.faces import cutout, landmarks, region
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import MIN_SCORE, Mesh
from avemo_core.faces.template import CHIP

TURN_DEG: Final = 10.0
ZOOM: Final = 0.1
SHIFT: Final = 0.05
"""Of the chip's side."""
CONTRAST: Final = 0.25
BRIGHTNESS: Final = 25.0
"""Of 255. A varied chip is turned, zoomed, shifted, lit by up to so much either way, and mirrored half the time."""


class FaceLocator:
    """Finds the largest face of a picture; made once a process.

    Args:
        side_px: of the network's chips.
        aligned: whether the whole picture is the face.
    """

    def __init__(self, side_px: int, *, aligned: bool) -> None:
        self._side_px, self._aligned = side_px, aligned
        self._detector, self._mesh = Detector(), Mesh()

    def locate(self, picture: UInt8[np.ndarray, "row column bgr"]) -> Float[np.ndarray, "2 3"] | None:
        """The affine map from the chip's pixels to the picture's; None without a face."""
        if self._aligned:
            return whole_picture(picture.shape[0], picture.shape[1], self._side_px)
        detections = self._detector.find(picture)
        if not detections:
            return None
        rough, _ = self._mesh.points(picture, region.of_detection(detections[0]))
        points, score = self._mesh.points(picture, region.of_points(rough))
        if score < MIN_SCORE:
            return None
        return chips.similarity(CHIP.in_px(self._side_px), CHIP.anchors(landmarks.of(points)))


def whole_picture(height_px: int, width_px: int, side_px: int) -> Float[np.ndarray, "2 3"]:
    """The affine map from the chip to the whole picture, edge to edge: -0.5 to -0.5, side - 0.5 to width - 0.5."""
    x, y = width_px / side_px, height_px / side_px
    return np.array([[x, 0.0, (x - 1) / 2], [0.0, y, (y - 1) / 2]])


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """One way to vary a chip: data augmentation."""

    in_chip: Float[np.ndarray, "3 3"]
    """From the varied chip's pixels to the chip's."""
    contrast: float
    brightness: float

    @classmethod
    def sampled(cls, draw: np.random.Generator, side_px: int) -> "Augmentation":
        """A variation drawn at random."""
        turn, zoom, mirror = np.radians(draw.uniform(-TURN_DEG, TURN_DEG)), 1 + draw.uniform(-ZOOM, ZOOM), draw.choice([-1.0, 1.0])
        centre, shift = (side_px - 1) / 2, draw.uniform(-SHIFT, SHIFT, 2) * side_px
        # Turned, zoomed and mirrored about the chip's middle, then shifted: pixel p comes from linear (p - centre) + centre + shift.
        linear = zoom * np.array([[np.cos(turn) * mirror, -np.sin(turn)], [np.sin(turn) * mirror, np.cos(turn)]])
        offset = centre + shift - linear @ [centre, centre]
        in_chip = np.vstack([np.column_stack([linear, offset]), [0.0, 0.0, 1.0]])
        return cls(in_chip=in_chip, contrast=1 + draw.uniform(-CONTRAST, CONTRAST), brightness=draw.uniform(-BRIGHTNESS, BRIGHTNESS))


def cut_chip(
    uri: str, to_picture: Float[np.ndarray, "2 3"], side_px: int, variation: Augmentation | None = None
) -> UInt8[np.ndarray, "side side rgb"]:
    """Read the picture and cut the chip out of it, varied or not; either way its pixels are interpolated once.

    Raises:
        MediaError: the picture cannot be read.
    """
    alignment = to_picture if variation is None else to_picture @ variation.in_chip
    chip = cutout.square_rgb(stills.read_picture(uri), alignment, side_px)
    if variation is None:
        return chip
    # Contrast about middle grey.
    tones = 128 + (np.arange(256) - 128) * variation.contrast + variation.brightness
    return cv2.LUT(chip, tones.clip(0, 255).astype(np.uint8))
