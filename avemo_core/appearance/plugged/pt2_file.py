"""A face network as torch.export saves it (.pt2): a graph and its weights, and no Python code to run."""

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import torch

from avemo_core.appearance.plugged.plugged_network import Runner
from avemo_core.appearance.plugged.sidecar import Sidecar
from avemo_core.errors import ConfigError

NAME: Final = "torch"
_WEIGHTS_ONLY: Final = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
_OBJECTS: Final = ("custom_obj", "opaque_obj")
"""How torch names entries of an archive that hold objects of a user's classes."""


def load(path: Path, sidecar: Sidecar, device: str) -> Runner:
    """The network, ready to run.

    Raises:
        ConfigError: torch does not load the file, it holds pickled objects, or it does not take one batch of faces.
    """
    _check_archive(path)
    try:
        with _unpickling_nothing():
            program = torch.export.load(path)
    except Exception as error:  # what a file may hold that is none raises whatever comes first
        raise ConfigError(f"{path}: torch {torch.__version__} does not load it: {' '.join(str(error).split())[:300]}") from error
    inputs = program.graph_signature.user_inputs
    if len(inputs) != 1:
        raise ConfigError(f"{path}: expected one input, the faces; found {len(inputs)}")
    if sidecar.output is not None:
        raise ConfigError(f'{path}: outputs of torch.export have no names; leave "output" out of its sidecar, and export one output')
    shape = next(node.meta["val"].shape for node in program.graph.nodes if node.name == inputs[0])
    fits = len(shape) == 4 and all(
        not isinstance(found, int) or found == wanted for found, wanted in zip(shape[1:], sidecar.input_shape, strict=True)
    )
    if not fits:
        wanted = " x ".join(map(str, sidecar.input_shape))
        raise ConfigError(f"{path}: expected an input of faces x {wanted}, as its sidecar says; found {tuple(shape)}")
    module = program.module().to(device)

    @torch.inference_mode()
    def run(faces: np.ndarray) -> np.ndarray:
        values = module(torch.from_numpy(faces).to(device))
        if not isinstance(values, torch.Tensor):
            raise TypeError(f"it returns {type(values).__name__}, expected one tensor")
        return np.asarray(values.float().cpu().numpy())

    return Runner(run=run, batch=shape[0] if isinstance(shape[0], int) else None)


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path}: expected what torch.export.save writes: {error}") from error
    if objects := [name for name in names if any(kind in name for kind in _OBJECTS)]:
        raise ConfigError(f"{path}: it holds {objects[0]}, an object that would be unpickled, and that may run code; export it without")


@contextmanager
def _unpickling_nothing() -> Iterator[None]:
    """While torch loads: where it meets something that is no tensor it would fall back to unpickling, unless it is told not to."""
    before = os.environ.get(_WEIGHTS_ONLY)
    os.environ[_WEIGHTS_ONLY] = "1"
    try:
        yield
    finally:
        os.environ.pop(_WEIGHTS_ONLY)
        if before is not None:
            os.environ[_WEIGHTS_ONLY] = before
