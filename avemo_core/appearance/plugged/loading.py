"""Which formats a face network of one's own may have, and how one is loaded and checked."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from avemo_core.appearance.plugged import checks, onnx_file, pt2_file, sidecar
from avemo_core.appearance.plugged.plugged_network import PluggedNetwork, Runner, digest_of
from avemo_core.appearance.plugged.sidecar import Sidecar
from avemo_core.errors import ConfigError

Loader = Callable[[Path, Sidecar, str], Runner]
LOADERS: Final[dict[str, tuple[str, Loader]]] = {onnx_file.NAME: (".onnx", onnx_file.load), pt2_file.NAME: (".pt2", pt2_file.load)}
"""The one list of formats, by the word before the colon: the file's suffix, and what loads it."""


def is_plugged(network: str) -> bool:
    """Whether a network is named as a file of one's own, FORMAT:FILE."""
    return network.partition(":")[0] in LOADERS and ":" in network


def licence_of(network: str) -> str | None:
    """What the sidecar of FORMAT:FILE says of its licence; None of a network that is no file of one's own.

    Raises:
        ConfigError: it has no sidecar, or one that is not valid.
    """
    return sidecar.beside(Path(network.partition(":")[2]).expanduser()).licence if is_plugged(network) else None


def load(network: str, *, device: str = "cpu") -> PluggedNetwork:
    """The network of FORMAT:FILE, loaded, and shown to be one that extraction may build on.

    Args:
        network: such as onnx:face.onnx; the file lies on a disk that every worker sees.
        device: as torch names it.

    Raises:
        ConfigError: the file or its sidecar is missing or not valid, what runs it is not installed, or it fails a check.
    """
    kind, _, location = network.partition(":")
    suffix, loader = LOADERS[kind]
    path = Path(location).expanduser()
    if path.suffix != suffix or not path.is_file():
        raise ConfigError(f"--network {network}: expected a file {suffix} on a disk that every worker sees, found none there")
    said = sidecar.beside(path)
    runner = loader(path, said, device)
    return PluggedNetwork(
        name=kind,
        sha256=digest_of(onnx_file.files_of(path) if kind == onnx_file.NAME else [path], said),
        sidecar=said,
        runner=runner,
        feature_map_shape=checks.checked_shape(path, runner, said),
        on_gpu=device != "cpu",
    )
