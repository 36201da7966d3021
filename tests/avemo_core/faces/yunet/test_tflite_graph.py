"""Each operator against plain loops."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy import ndarray

from avemo_core.faces.yunet.tflite_graph import Graph
from avemo_core.runtime import litert

SHAPE = (1, 6, 8, 3)
DRAW = np.random.default_rng(0)
X = DRAW.normal(size=SHAPE).astype(np.float32)
OTHER = DRAW.normal(size=(1, 2, 4, 3)).astype(np.float32)


def _answer(add: Callable[[Graph], int], x: ndarray = X) -> ndarray:
    graph = Graph(SHAPE)
    net = litert.interpreter(graph.model([add(graph)]))
    net.resize_tensor_input(net.get_input_details()[0]["index"], x.shape)
    net.allocate_tensors()
    net.set_tensor(net.get_input_details()[0]["index"], x)
    net.invoke()
    return net.get_tensor(net.get_output_details()[0]["index"])[0]


def _convolved(x: ndarray, filters: ndarray, biases: ndarray, stride: int) -> ndarray:
    """Without padding; filters (out, in, rows, columns)."""
    out, _, high, wide = filters.shape
    rows, columns = ((side - window) // stride + 1 for side, window in zip(x.shape[:2], (high, wide), strict=True))
    answer = np.zeros((rows, columns, out))
    for row in range(rows):
        for column in range(columns):
            window = x[row * stride : row * stride + high, column * stride : column * stride + wide]
            for channel in range(out):
                answer[row, column, channel] = (window * filters[channel].transpose(1, 2, 0)).sum() + biases[channel]
    return answer


@pytest.mark.parametrize("x", [X, OTHER], ids=["nominal size", "another size"])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_is_the_sum_over_its_window(x: ndarray, stride: int):
    filters, biases = DRAW.normal(size=(5, 3, 2, 2)).astype(np.float32), DRAW.normal(size=5).astype(np.float32)

    found = _answer(lambda graph: graph.convolution(graph.input, filters, biases, stride=stride, pads=False), x)

    np.testing.assert_allclose(found, _convolved(x[0], filters, biases, stride), atol=1e-5)


def test_a_convolution_that_pads_keeps_rows_and_columns_and_relu_cuts_off_below_nothing():
    filters, biases = DRAW.normal(size=(5, 3, 3, 3)).astype(np.float32), DRAW.normal(size=5).astype(np.float32)

    found = _answer(lambda graph: graph.convolution(graph.input, filters, biases, relu=True))

    padded = np.pad(X[0], ((1, 1), (1, 1), (0, 0)))
    np.testing.assert_allclose(found, np.maximum(_convolved(padded, filters, biases, 1), 0), atol=1e-5)


def test_a_depthwise_convolution_looks_at_each_channel_by_itself():
    filters, biases = DRAW.normal(size=(3, 1, 3, 3)).astype(np.float32), DRAW.normal(size=3).astype(np.float32)

    found = _answer(lambda graph: graph.depthwise_convolution(graph.input, filters, biases, relu=False))

    padded = np.pad(X[0], ((1, 1), (1, 1), (0, 0)))
    for channel in range(3):
        expected = _convolved(padded[:, :, [channel]], filters[[channel]], biases[[channel]], 1)
        np.testing.assert_allclose(found[:, :, [channel]], expected, atol=1e-5)


@pytest.mark.parametrize("x", [X, OTHER], ids=["nominal size", "another size"])
def test_halved_is_the_largest_of_each_square_and_doubled_writes_each_value_four_times(x: ndarray):
    halved, doubled = _answer(lambda graph: graph.halved(graph.input), x), _answer(lambda graph: graph.doubled(graph.input), x)

    for row, column in np.ndindex(x.shape[1] // 2, x.shape[2] // 2):
        square = x[0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        np.testing.assert_array_equal(halved[row, column], square.max(axis=(0, 1)))
    for row, column in np.ndindex(doubled.shape[:2]):
        np.testing.assert_array_equal(doubled[row, column], x[0, row // 2, column // 2])
    assert doubled.shape == (2 * x.shape[1], 2 * x.shape[2], 3)


def test_a_sum_adds_value_by_value():
    np.testing.assert_array_equal(_answer(lambda graph: graph.sum(graph.input, graph.input)), 2 * X[0])
