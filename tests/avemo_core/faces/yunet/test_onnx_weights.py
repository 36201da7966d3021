from pathlib import Path

import numpy as np
import pytest

from avemo_core.errors import ConfigError
from avemo_core.faces.yunet import onnx_weights
from avemo_core.runtime import weights


def test_each_block_of_stored_filters_has_its_own_scale(tmp_path: Path):
    stored = np.arange(6, dtype=np.int8).reshape(1, 6)
    graph = (
        _tensor("q", 3, stored)
        + _tensor("scale", 1, np.array([[1.0, 10.0]], np.float32))
        + _tensor("zero", 3, np.array([[0, 2]], np.int8))
        + _tensor("shape", 7, np.array([3, 2, 1, 1]))
        + _tensor("bias", 1, np.array([7, 8, 9], np.float32))
        + _node("DequantizeLinear", ["q", "scale", "zero"], "wide", _integer("axis", 1) + _integer("block_size", 4))
        + _node("Reshape", ["wide", "shape"], "filters")
        + _node("Conv", ["input", "filters", "bias"], "answer")
    )
    (tmp_path / "model.onnx").write_bytes(_bytes(7, graph))

    ((filters, biases),) = onnx_weights.read_convolutions(tmp_path / "model.onnx")

    assert filters[:, :, 0, 0].tolist() == [[0, 1], [2, 3], [20, 30]]
    assert biases.tolist() == [7, 8, 9]


def test_a_file_cut_short_is_refused(tmp_path: Path):
    (tmp_path / "model.onnx").write_bytes(weights.path_of("yunet").read_bytes()[:50_000])

    with pytest.raises(ConfigError, match=r"cannot be read as YuNet's \.onnx file"):
        onnx_weights.read_convolutions(tmp_path / "model.onnx")


def _tensor(name: str, dtype: int, values: np.ndarray) -> bytes:
    dimensions = b"".join(b"\x08" + bytes([side]) for side in values.shape)
    return _bytes(5, dimensions + b"\x10" + bytes([dtype]) + _bytes(8, name.encode()) + _bytes(9, values.tobytes()))


def _node(operator: str, inputs: list[str], output: str, attributes: bytes = b"") -> bytes:
    named = b"".join(_bytes(1, name.encode()) for name in inputs) + _bytes(2, output.encode())
    return _bytes(1, named + _bytes(4, operator.encode()) + attributes)


def _integer(name: str, value: int) -> bytes:
    return _bytes(5, _bytes(1, name.encode()) + b"\x18" + bytes([value]))


def _bytes(field: int, content: bytes) -> bytes:
    """A field of bytes; what is longer than 127 has its length in two groups of seven bits."""
    length = bytes([len(content) & 127 | 128, len(content) >> 7]) if len(content) > 127 else bytes([len(content)])
    return bytes([field << 3 | 2]) + length + content
