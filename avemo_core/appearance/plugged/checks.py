"""What a network of one's own must show before hours are spent on it: one image in, one vector or map out, whoever is beside it."""

from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from avemo_core.appearance.plugged.plugged_network import Runner, in_batch
from avemo_core.appearance.plugged.sidecar import Sidecar
from avemo_core.errors import ConfigError

_AGREES: Final = 1e-3
"""Of the largest value: what sums in another order may differ by. Normalising over a batch differs by a hundred times that."""
_TRIED: Final = 3
_LARGEST: Final = float(np.finfo(np.float16).max)


def checked_shape(path: Path, runner: Runner, sidecar: Sidecar) -> tuple[int, int, int]:
    """The shape of a face's feature map, once the network has shown that it keeps to what extraction builds on.

    Raises:
        ConfigError: it does not run on faces of the sidecar's size; what comes out is no vector or map a face, or not finite; or a face's
            values hang on the faces beside it.
    """
    pictures = np.random.default_rng(0).integers(0, 256, (_TRIED, sidecar.size, sidecar.size, 3), np.uint8)
    faces = sidecar.network_input(pictures)
    alone = [_run(path, runner, faces[place : place + 1], runner.batch or 1) for place in range(_TRIED)]
    shape = alone[0].shape[1:]
    if len(shape) not in {1, 3} or min(shape) < 1:
        raise ConfigError(f"{path}: expected a vector or a map of channels, rows and columns for each face, found shape {alone[0].shape}")
    if not all(np.isfinite(values).all() for values in alone):
        raise ConfigError(f"{path}: expected finite numbers, found NaN or infinity for a picture of random colours")
    if (largest := float(np.abs(alone).max())) > _LARGEST:
        raise ConfigError(f"{path}: values reach {largest:g}; a table holds up to {_LARGEST:g} (float16): scale its output")
    if np.array_equal(alone[0], alone[1]):
        raise ConfigError(f"{path}: two different pictures give the same {alone[0].size} values: is its output the right one?")
    if runner.batch is None or runner.batch >= _TRIED:
        _check_neighbours(path, np.concatenate(alone), _run(path, runner, faces, runner.batch or _TRIED))
    channels, rows, columns = (*shape, 1, 1)[:3]
    return channels, rows, columns


def _run(path: Path, runner: Runner, faces: Float32[np.ndarray, "face _ _ _"], batch: int) -> Float32[np.ndarray, "face ..."]:
    try:
        values = in_batch(runner.run, faces, batch)
    except (RuntimeError, ValueError, TypeError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ConfigError(f"{path}: it does not take {len(faces)} faces as {faces.shape[1:]}, float32: {lines[0]}") from error
    if values.ndim < 2 or len(values) != len(faces):
        raise ConfigError(f"{path}: expected a row for each of {len(faces)} faces, found shape {values.shape}")
    return values


def _check_neighbours(path: Path, alone: Float32[np.ndarray, "face ..."], together: Float32[np.ndarray, "face ..."]) -> None:
    """Refuse networks that normalise over the batch, as batch normalisation does that was exported in training mode."""
    off = float(np.abs(alone - together).max() / max(float(np.abs(alone).max()), 1e-12))
    if off > _AGREES:
        raise ConfigError(
            f"{path}: a face's values hang on the faces beside it (they differ by {off:.2g} of the largest value): export the network in "
            "evaluation mode, with no normalisation over the batch"
        )
