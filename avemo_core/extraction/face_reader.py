"""Faces of a clip's pictures: found, followed, cut out, and read by a network."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float16, Float32

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.errors import MediaError
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.faces.detect import Detector
from avemo_core.faces.frame_faces import MAX_FACES, Face, FaceObserver, PictureRegion
from avemo_core.faces.mesh import Mesh
from schemas.rejects import Reason

PIECE: Final = 128
"""Faces whose chips and whole feature maps (13 MB) are copied at once; a multiple of every network's batch, so that none is cut."""


class FaceReader:
    """Finds faces and reads them; made once a process.

    Args:
        config: of the extraction.
        selection: which values of the network's feature map to use; None: all of them.

    Raises:
        ConfigError: a model file is missing; the selection was made for another network.
    """

    def __init__(self, config: ExtractionConfig, selection: Selection | None) -> None:
        self._config = config
        self._network = networks.load(config.network, config.weights, device=config.device, precision=config.precision)
        self.selection = selection or Selection.all(self._network)
        self.selection.check(self._network)
        self._detector, self._mesh = Detector(), Mesh(config.landmarks)

    def observer(self, region: PictureRegion | None) -> FaceObserver:
        """Faces beside the leading ones are looked for where they may get a row, or where one of them may be the main face."""
        max_faces = self._config.max_faces if self._config.faces == "all" else None
        if region is not None:
            max_faces = max(max_faces or 0, MAX_FACES)
        network = self._network
        return FaceObserver(self._detector, self._mesh, chip_px=network.input_px, template=network.template, max_faces=max_faces)

    def read(self, unread: Sequence[Face]) -> None:
        """Run the network on the chips of these faces; each face's appearance replaces its chip.

        Raises:
            MediaError: `failed` where a value is not finite.
        """
        for start in range(0, len(unread), PIECE):
            faces = unread[start : start + PIECE]
            feature_maps = self._network.feature_map(np.stack([face.chip for face in faces if face.chip is not None]))
            selected = rounded(self.selection.of(feature_maps).numpy())
            for face, appearance in zip(faces, selected, strict=True):
                face.chip, face.appearance = None, appearance


def rounded(appearance: Float32[np.ndarray, "face selected"]) -> Float16[np.ndarray, "face selected"]:
    """Rounded to float16: the map moves by more than that when a clip is compressed a little.

    Raises:
        MediaError: `failed` for NaN, and for values that float16 cannot hold (docs/decisions/split-float32-bytes.md).
    """
    with np.errstate(over="ignore"):
        rounded = appearance.astype(np.float16)
    if not np.isfinite(rounded).all():
        detail = f"the network's values reach {np.abs(appearance).max():g}: expected numbers up to {np.finfo(np.float16).max:g}"
        raise MediaError(Reason.FAILED, "faces", detail)
    return rounded
