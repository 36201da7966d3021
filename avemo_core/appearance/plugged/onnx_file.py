"""A face network as an ONNX file, run by onnxruntime on one thread."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from avemo_core.appearance.plugged.plugged_network import Run, Runner
from avemo_core.appearance.plugged.sidecar import Sidecar
from avemo_core.errors import ConfigError

NAME: Final = "onnx"
_PROVIDERS: Final = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_QUIET: Final = 3
"""onnxruntime's level for errors alone."""

_LOCATION: Final = re.compile(rb"\n\x08location\x12([\x80-\xff]?[\x00-\x7f])", re.DOTALL)
"""As protobuf has it: field 1, 8 bytes, the key; field 2, and the length of what follows, 7 bits a byte."""
_LONGEST_NAME: Final = 1024
_FLOATS: Final = ("tensor(float)", "tensor(double)", "tensor(float16)")
_SHOWN: Final = 300
"""Characters of an error of onnxruntime's, which begins with C++ and ends with what is wrong."""


def files_of(path: Path) -> list[Path]:
    """The network's file, and those that hold its weights: those that it names, and FILE.onnx.data or FILE.onnx_data beside it."""
    named = {path.parent / name for name in _locations(path.read_bytes())}
    return [path, *sorted(found for found in named | set(path.parent.glob(f"{path.name}*")) if found != path and found.is_file())]


def _locations(content: bytes) -> Iterator[str]:
    """The files that an ONNX file names as holding weights: entries of the key `location` (onnx.proto, TensorProto.external_data)."""
    for found in _LOCATION.finditer(content):
        length = sum((byte & 0x7F) << (7 * place) for place, byte in enumerate(found[1]))
        yield content[found.end() : found.end() + min(length, _LONGEST_NAME)].decode(errors="replace").replace("\0", "")


def load(path: Path, sidecar: Sidecar, device: str) -> Runner:
    """The network, ready to run.

    Raises:
        ConfigError: onnxruntime is not installed, does not load the file, has not the provider asked for; or the file has not one input of
            the sidecar's size, or not its output.
    """
    if find_spec("onnxruntime") is None:
        raise ConfigError("--network onnx:FILE: the package onnxruntime is not installed: pip install --editable '.[onnx]'")
    import onnxruntime  # noqa: PLC0415 - an extra

    options = onnxruntime.SessionOptions()
    # Else every worker opens a pool as wide as the machine, and all slow each other.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _QUIET
    wanted = _PROVIDERS[device.split(":", maxsplit=1)[0]]
    # Of GPU kernels, those chosen by timing them may differ from run to run.
    provider = (wanted, {"cudnn_conv_algo_search": "HEURISTIC"}) if wanted != _PROVIDERS["cpu"] else wanted
    if wanted not in onnxruntime.get_available_providers():
        raise ConfigError(f"--network onnx:{path}: {wanted} was asked for, this onnxruntime has {onnxruntime.get_available_providers()}")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=[provider])
    except Exception as error:  # onnxruntime has an exception of its own for each of some ten reasons, and no common one
        raise ConfigError(f"{path}: onnxruntime does not load it: {_reason(error)}") from error
    if session.get_providers()[0] != wanted:  # it goes on with the CPU, and says nothing
        raise ConfigError(f"--network onnx:{path}: {wanted} was asked for, and onnxruntime took {session.get_providers()[0]}")
    return Runner(run=_run(path, session, sidecar), batch=_batch(path, session, sidecar))


def _reason(error: Exception) -> str:
    told = " ".join(str(error).split())
    return told if len(told) <= _SHOWN else f"... {told[-_SHOWN:]}"


def _batch(path: Path, session: Any, sidecar: Sidecar) -> int | None:  # noqa: ANN401 - onnxruntime ships no annotations
    inputs = session.get_inputs()
    expected = sidecar.input_shape
    shape = inputs[0].shape if len(inputs) == 1 else []
    fits = len(shape) == 4 and all(
        isinstance(found, str | None) or found == wanted for found, wanted in zip(shape[1:], expected, strict=True)
    )
    if not fits or inputs[0].type != "tensor(float)":
        found = "; ".join(f"{each.name} {each.type} {each.shape}" for each in inputs)
        raise ConfigError(
            f"{path}: expected one input of float32 faces x {' x '.join(map(str, expected))}, as its sidecar says; found {found}"
        )
    return shape[0] if isinstance(shape[0], int) else None


def _run(path: Path, session: Any, sidecar: Sidecar) -> Run:  # noqa: ANN401 - as above
    types = {each.name: each.type for each in session.get_outputs()}
    outputs = list(types)
    if sidecar.output is None and len(outputs) > 1:
        raise ConfigError(f'{path}: it has several outputs; name one as "output" in its sidecar: {", ".join(outputs)}')
    if sidecar.output is not None and sidecar.output not in outputs:
        raise ConfigError(f"{path}: its sidecar names the output {sidecar.output!r}; there are: {', '.join(outputs)}")
    name, output = session.get_inputs()[0].name, sidecar.output or outputs[0]
    if types[output] not in _FLOATS:
        raise ConfigError(f"{path}: the output {output}: expected {' or '.join(_FLOATS)}, found {types[output]}: is it the right one?")

    def run(faces: np.ndarray) -> np.ndarray:
        try:
            return np.asarray(session.run([output], {name: faces})[0])
        except Exception as error:  # as at loading: none of its exceptions has a common root
            raise RuntimeError(str(error)) from error

    return run
