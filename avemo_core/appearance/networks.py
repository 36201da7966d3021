"""The face networks: those avemo knows, whose weights are dlib's own file or safetensors of one's own; and files of one's own."""

from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch

from avemo_core.appearance import resnet29
from avemo_core.appearance.alexnet import AlexNet
from avemo_core.appearance.network import FaceNetwork, backbone_of
from avemo_core.appearance.plugged import loading
from avemo_core.appearance.quantised import support
from avemo_core.appearance.quantised.resnet29 import quantised
from avemo_core.appearance.resnet29 import ResNet29
from avemo_core.errors import ConfigError
from avemo_core.runtime import safetensors_file
from avemo_core.runtime import weights as model_files

Identity = ResNet29 | AlexNet
"""A whole identity network: faces in, embeddings out."""
NetworkName = Literal["resnet29", "alexnet"]
"""The one list of them: options offer these names, and `NETWORKS` says what each is."""
NETWORKS: Final[dict[str, type[ResNet29] | type[AlexNet]]] = {resnet29.NAME: ResNet29, AlexNet.name: AlexNet}
DEFAULT: Final = resnet29.NAME
DTYPES: Final = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
INT8: Final = "int8"
PRECISIONS: Final = (*DTYPES, INT8)


def load(name: str = "resnet29", weights: Path | str | None = None, *, device: str = "cpu", precision: str = "float32") -> FaceNetwork:
    """A network, ready to compute feature maps.

    Args:
        name: resnet29 or alexnet; or a file of one's own, as onnx:FILE or torch:FILE.
        weights: a safetensors file made by `pretrain`, local or s3://, or dlib's .dat; None: the shipped file.
        device: as torch names it.
        precision: float32, bfloat16 or float16; int8 of the shipped resnet29 on CPUs.

    Raises:
        ConfigError: no such network or precision; no shipped weights for it; the file holds another network; one of one's own fails a check
            (avemo_core/appearance/plugged/checks.py); int8 of another network or device, or on a machine that cannot.
    """
    if precision not in PRECISIONS:
        raise ConfigError(f"precision {precision!r} is none of: {', '.join(PRECISIONS)}")
    if loading.is_plugged(name):
        if weights is not None or precision != "float32":
            raise ConfigError(f"--network {name}: its weights and precision are those of the file; leave --weights and --precision out")
        return loading.load(name, device=device)
    if precision == INT8:
        return _in_int8(name, weights, device)
    network, sha256 = with_weights(name, weights)
    return backbone_of(network, sha256, device=device, dtype=DTYPES[precision])


def with_weights(name: str, weights: Path | str | None = None) -> tuple[Identity, str]:
    """The whole network with trained weights, and the sha256 of their file.

    Raises:
        ConfigError: as `load`.
    """
    _check(name)
    if weights is None and name != resnet29.NAME:
        raise ConfigError(f"no weights of {name} are shipped; train some with jobs/pretrain.py and name them with --weights FILE")
    if weights is None or str(weights).endswith(".dat"):
        path = model_files.path_of(resnet29.NAME) if weights is None else Path(weights)
        if name != resnet29.NAME or not path.is_file():
            raise ConfigError(f"--weights {weights}: a .dat file is dlib's {resnet29.NAME}, on a local disk; found none for {name} there")
        return resnet29.from_dlib(path), model_files.sha256_of(path)
    return _from_safetensors(name, str(weights))


def architecture(name: str) -> Identity:
    """The network of that name, its weights drawn from torch's generator.

    Raises:
        ConfigError: no such network.
    """
    _check(name)
    with torch.device("meta"):
        network = NETWORKS[name]()
    network.to_empty(device="cpu").initialise()
    return network


def why_not_int8(name: str, weights: Path | str | None) -> str | None:
    """Why this machine's CPUs do not compute this network in int8, as a sentence without its end; None: they do."""
    if name != resnet29.NAME or weights is not None:
        return f"is there for the shipped {resnet29.NAME} alone, whose values were measured"
    missing = support.missing()
    return None if missing is None else f"needs {missing}"


def _in_int8(name: str, weights: Path | str | None, device: str) -> FaceNetwork:
    why_not = f"is computed on CPUs, not on {device}" if device != "cpu" else why_not_int8(name, weights)
    if why_not is not None:
        raise ConfigError(f"--precision int8 {why_not}\n  Give --precision {'float16' if device != 'cpu' else 'bfloat16 or float32'}.")
    return quantised(resnet29.from_dlib(model_files.path_of(name)), model_files.sha256_of(model_files.path_of(name)))


def _check(name: str) -> None:
    if name not in NETWORKS:
        own = ", ".join(f"{kind}:FILE{suffix}" for kind, (suffix, _) in loading.LOADERS.items())
        raise ConfigError(f"network {name!r} is none of: {', '.join(NETWORKS)}, {own}")


def _from_safetensors(name: str, location: str) -> tuple[Identity, str]:
    """Weights of one's own; only those of the backbone (`trunk`) must be in the file, layers above it that are not are drawn anew."""
    stored = safetensors_file.read(location, f"weights file of {name}")
    with torch.device("meta"):
        network = NETWORKS[name]()
    expected = network.state_dict()
    wrong = [key for key in expected if key.startswith("trunk.") and _shape(stored.arrays.get(key)) != tuple(expected[key].shape)]
    if wrong:
        stored_network = stored.metadata.get("network", "unknown")
        raise ConfigError(
            f"{location} does not hold a {name} (it says: {stored_network}): {wrong[0]} has shape {_shape(stored.arrays.get(wrong[0]))}, "
            f"expected {tuple(expected[wrong[0]].shape)}"
        )
    usable = {
        key: torch.from_numpy(stored.arrays[key].astype(np.float32))
        for key in expected
        if _shape(stored.arrays.get(key)) == tuple(expected[key].shape)
    }
    broken = [key for key, values in usable.items() if not values.isfinite().all()]
    if broken:
        raise ConfigError(f"{location} holds NaN or infinity in {broken[0]}: these weights are of a training that failed; give others")
    if len(usable) < len(expected):
        network = architecture(name)
    network.load_state_dict(usable, strict=False, assign=True)
    return network, stored.sha256


def _shape(array: np.ndarray | None) -> tuple[int, ...] | None:
    return None if array is None else array.shape
