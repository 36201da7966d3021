from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from numpy import ndarray

from avemo_core.errors import ConfigError
from avemo_core.faces.batched import tflite_weights
from avemo_core.runtime import weights


@pytest.mark.parametrize("name", ["facemesh", "facemesh-0.10.21"])
def test_every_filter_is_the_one_that_the_librarys_own_reader_finds(name: str):
    path = weights.path_of(name)

    constants = tflite_weights.read(path)

    assert len(constants) == 97
    expected = _by_the_library(path)
    for output, arrays in constants.items():
        for array, other in zip(arrays, expected[output], strict=True):
            np.testing.assert_array_equal(array, other)


def _by_the_library(path: Path) -> dict[str, list[ndarray]]:
    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    (graph,) = model.subgraphs
    dtypes = {schema.TensorType.FLOAT32: "<f4", schema.TensorType.FLOAT16: "<f2", schema.TensorType.INT32: "<i4"}
    values = {
        number: model.buffers[tensor.buffer].data.view(dtypes[tensor.type]).reshape(tensor.shape)
        for number, tensor in enumerate(graph.tensors)
        if model.buffers[tensor.buffer].data is not None
    }
    widened = {each.outputs[0]: values[each.inputs[0]].astype(np.float32) for each in graph.operators if each.inputs[0] in values}
    values |= widened
    return {graph.tensors[each.outputs[0]].name.decode(): [values[i] for i in each.inputs if i in values] for each in graph.operators}


def test_a_file_of_another_kind_is_refused(tmp_path: Path):
    (tmp_path / "model.tflite").write_bytes(b"no model at all")

    with pytest.raises(ConfigError, match=r"is no \.tflite file: bytes 4 to 8 are b'odel'"):
        tflite_weights.read(tmp_path / "model.tflite")


def test_a_file_cut_short_is_refused(tmp_path: Path):
    (tmp_path / "model.tflite").write_bytes(weights.path_of("facemesh").read_bytes()[:100_000])

    with pytest.raises(ConfigError, match=r"cannot be read as a \.tflite file"):
        tflite_weights.read(tmp_path / "model.tflite")
