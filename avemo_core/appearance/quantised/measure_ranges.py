"""How RANGES was measured: on faces of the demo corpus, which are made on the spot and nobody's.

python -m avemo_core.appearance.quantised.measure_ranges
"""

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Final, cast

import numpy as np
import torch
from jaxtyping import UInt8
from numpy import ndarray
from torch import nn

from avemo_core.appearance.network import folded_backbone, preprocessed
from avemo_core.appearance.quantised import ranges
from avemo_core.appearance.resnet29 import NAME, from_dlib
from avemo_core.faces import still
from avemo_core.faces.detect import Detector
from avemo_core.faces.mesh import Mesh
from avemo_core.runtime import weights
from avemo_core.synthetic.frames import frames
from avemo_core.synthetic.plans import plan

CLIPS_EVERY: Final = 3
"""Of the demo corpus, which has seven clips of each actor: so every actor is there, and every emotion."""
PICTURES: Final = slice(7, 48, 20)
"""Of each clip."""


def chips() -> Iterator[UInt8[ndarray, "side side rgb"]]:
    """Faces of the demo corpus, as the network takes them.

    Raises:
        ConfigError: a face model file is missing.
    """
    detector, mesh = Detector(), Mesh()
    for planned in plan()[::CLIPS_EVERY]:
        for frame in islice(frames(planned), PICTURES.start, PICTURES.stop, PICTURES.step):
            chip = still.chip_of(frame.picture, detector, mesh)
            if chip is not None:
                yield chip


@torch.inference_mode()
def measured(faces: UInt8[ndarray, "face side side rgb"]) -> list[float]:
    """The largest values of these faces, as `ranges.RANGES` has them, rounded to a hundredth."""
    network = from_dlib(weights.path_of(NAME))
    layers = cast("nn.Sequential", folded_backbone(network))
    found = [
        ranges.of_each(layers, preprocessed(batch, network.mean_rgb, network.scale)) for batch in torch.split(torch.from_numpy(faces), 32)
    ]
    return [round(float(largest), 2) for largest in np.max(found, axis=0)]


if __name__ == "__main__":
    sys.stdout.write(f"{measured(np.stack(list(chips())))}\n")
