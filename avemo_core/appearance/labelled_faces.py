"""Feature maps of labelled faces: from clips, at intervals, and from stills."""

import hashlib
from typing import Final

import numpy as np
from jaxtyping import Float16, UInt8

from avemo_core.appearance import stills
from avemo_core.appearance.network import FaceNetwork
from avemo_core.corpora.clip import Clip
from avemo_core.errors import MediaError
from avemo_core.faces import still
from avemo_core.faces.clip_chips import chips_of
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.runtime import threads
from schemas.rejects import Reason

EVERY_S: Final = 0.2
"""Between two faces of a clip: neighbours in time teach the forest little new."""
CLIP_FACES: Final = 12
"""At most so many faces of a clip, evenly spread, so that long clips do not outweigh short ones."""


class FeatureMapReader:
    """Computes the feature maps of the faces in clips and stills; made once a process, on one thread.

    Args:
        network: whose feature map.
        aligned: whether stills are face chips already, to be used as they are.
    """

    def __init__(self, network: FaceNetwork, *, aligned: bool = False) -> None:
        threads.use_one()
        self._network, self._aligned = network, aligned
        self._detector, self._mesh = Detector(), Mesh()

    def feature_maps(self, source: Clip) -> tuple[Float16[np.ndarray, "face value"], str]:
        """The flattened feature map of each face of a clip's main track, or of a still's largest face; and the sha256 of its file.

        Raises:
            MediaError: the source cannot be read, or no face is found in it.
        """
        is_still = source.uri.lower().endswith(tuple(stills.SUFFIXES))
        chips, sha256 = self._of_still(source) if is_still else self._of_clip(source)
        if not len(chips):
            raise MediaError(Reason.NO_FACE_NO_AUDIO, "faces", "no face found")
        return self._network.feature_map(chips).flatten(1).numpy().astype(np.float16), sha256

    def _of_clip(self, clip: Clip) -> tuple[UInt8[np.ndarray, "face side side rgb"], str]:
        network = self._network
        chips, sha256 = chips_of(clip, self._detector, self._mesh, every_s=EVERY_S, side_px=network.input_px, template=network.template)
        spread = np.unique(np.linspace(0, len(chips) - 1, CLIP_FACES).round().astype(int)) if len(chips) else np.arange(0)
        return chips[spread], sha256

    def _of_still(self, picture: Clip) -> tuple[UInt8[np.ndarray, "face side side rgb"], str]:
        side_px, content = self._network.input_px, stills.read_bytes(picture.uri)
        bgr, sha256 = stills.decoded(content), hashlib.sha256(content).hexdigest()
        if self._aligned:
            return stills.resized(bgr, side_px)[None], sha256
        chip = still.chip_of(bgr, self._detector, self._mesh, side_px=side_px, template=self._network.template)
        return np.zeros((0, side_px, side_px, 3), np.uint8) if chip is None else chip[None], sha256
