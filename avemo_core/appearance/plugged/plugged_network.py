"""A face network of one's own, whatever runs it: chips in, a vector or a feature map out, the same for a face whatever its neighbours."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from avemo_core.appearance.network import Chips
from avemo_core.appearance.plugged.sidecar import Sidecar
from avemo_core.errors import ConfigError, MediaError
from avemo_core.faces.template import Template
from schemas.rejects import Reason

GPU_BATCH: Final = 16
"""Faces of a pass on a GPU, the last pass filled up, so that the same kernels compute every face. On a CPU faces go in one by one."""

Run = Callable[[Float32[np.ndarray, "face _ _ _"]], np.ndarray]
"""Runs the network on preprocessed faces: what comes out, a row a face."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A network that is loaded."""

    run: Run
    batch: int | None
    """How many faces it takes at once, where its file fixes that."""


@dataclass(frozen=True, kw_only=True)
class PluggedNetwork:
    """A `FaceNetwork` made of a file and its sidecar."""

    name: str
    """onnx or torch."""
    sha256: str
    sidecar: Sidecar
    runner: Runner
    feature_map_shape: tuple[int, int, int]
    on_gpu: bool

    @property
    def input_px(self) -> int:
        """Side of the square chips it takes."""
        return self.sidecar.size

    @property
    def template(self) -> Template:
        """Where its chips have the face."""
        return self.sidecar.template

    @property
    def licence(self) -> str | None:
        """Of its weights."""
        return self.sidecar.licence

    def feature_map(self, chips: Chips) -> Float[Tensor, "face channels rows columns"]:
        """The feature map of each chip, float32 on the CPU.

        Raises:
            ConfigError: chips of another size.
            MediaError: `failed` where the network breaks on these faces.
        """
        faces = np.asarray(chips)
        if faces.shape[1:] != (self.input_px, self.input_px, 3):
            raise ConfigError(f"this network takes chips of {self.input_px} x {self.input_px} x 3, not {tuple(faces.shape[1:])}")
        batch = self.runner.batch or (GPU_BATCH if self.on_gpu else 1)
        try:
            found = [
                in_batch(self.runner.run, self.sidecar.network_input(faces[at : at + batch]), batch) for at in range(0, len(faces), batch)
            ]
        except RuntimeError as error:
            raise MediaError(Reason.FAILED, "faces", f"the network broke: {str(error).strip().splitlines()[0]}") from error
        values = np.concatenate(
            [np.zeros((0, *self.feature_map_shape), np.float32), *(each.reshape(-1, *self.feature_map_shape) for each in found)]
        )
        return torch.from_numpy(values)


def in_batch(run: Run, faces: Float32[np.ndarray, "face _ _ _"], batch: int) -> Float32[np.ndarray, "face ..."]:
    """Run a batch filled up with zeros, and take the rows of the faces."""
    filled = np.concatenate([faces, np.zeros((batch - len(faces), *faces.shape[1:]), np.float32)]) if len(faces) < batch else faces
    return np.atleast_1d(np.asarray(run(filled), np.float32))[: len(faces)]


def digest_of(files: Sequence[Path], sidecar: Sidecar) -> str:
    """The sha256 of all that changes the network's values."""
    digest = hashlib.sha256(sidecar.digest.encode())
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
