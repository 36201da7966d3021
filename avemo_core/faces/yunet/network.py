"""YuNet through LiteRT: one picture in, its candidates for a face out.

    picture -> /2 -> /4 -> /8 ----+--> + --> candidates every 8 pixels
                            /16 --+--> + --> every 16         + : the coarser map, each value written four times, and a convolution
                            /32 -----------> every 32

OpenCV's own inference takes 1.7 to 2 times as long over the same picture (benchmarks/detection.py).

Source: Wu, Peng and Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector".
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32, UInt8
from numpy import ndarray

from avemo_core.errors import ConfigError
from avemo_core.faces.yunet import onnx_weights
from avemo_core.faces.yunet.detections import MAX_CANDIDATES
from avemo_core.faces.yunet.tflite_graph import Graph
from avemo_core.runtime import litert, weights

STRIDES: Final = (8, 16, 32)
"""Pixels from a place to the next, on the finest map, the middle one and the coarsest."""
_STAGES: Final = 5
_HEADS: Final = ("is it a face", "its box", "is anything there", "its five points")
"""What is asked of each map, in the order of the file."""
_RIM_PX: Final = 1
"""The first convolution reads so far beyond the picture; TensorFlow would pad a stride of two at the high end alone."""
_SMALLEST_PX: Final = STRIDES[-1]

Convolution = tuple[ndarray, ndarray]
"""Its filters and biases."""


class YuNet:
    """Reads pictures of any size, one at a time; fastest where they are of one size.

    Args:
        path: the model file; None: the one in the model cache.

    Raises:
        ConfigError: the model file is missing, or holds another network.
    """

    def __init__(self, path: Path | None = None) -> None:
        path = path or weights.path_of("yunet")
        try:
            self._net = litert.interpreter(_model_of(path))
        except (StopIteration, ValueError, RuntimeError) as error:
            raise ConfigError(
                f"{path} holds another network than YuNet of March 2023 ({error!r}); bring it anew with `make setup`"
            ) from error
        self._input = self._net.get_input_details()[0]["index"]
        # get_output_details keeps the order in which the graph names its outputs.
        outputs = [each["index"] for each in self._net.get_output_details()]
        self._outputs = [outputs[level :: len(STRIDES)] for level in range(len(STRIDES))]
        self._size = (0, 0)
        self._places: Float32[ndarray, "place 3"] = np.zeros((0, 3), np.float32)
        """Column, row and stride of each place, the finest map first."""

    def candidates(self, picture: UInt8[ndarray, "rows columns bgr"], min_score: float) -> Float32[ndarray, "candidate value"]:
        """Box, five points and score of the best places, best first: left, top, width, height, x0, y0, ..., x4, y4, score; in pixels.

        Args:
            picture: in BGR.
            min_score: places below it are left out.
        """
        rows, columns = picture.shape[:2]
        if (rows, columns) != self._size:
            self._resize(rows, columns)
        self._net.tensor(self._input)()[0, _RIM_PX : _RIM_PX + rows, _RIM_PX : _RIM_PX + columns] = picture
        self._net.invoke()
        is_face, box, is_object, points = (
            np.concatenate([self._net.get_tensor(of_level[head])[0].reshape(-1, width) for of_level in self._outputs])
            for head, width in enumerate((1, 4, 1, 10))
        )
        score = np.sqrt(_sigmoid(is_face[:, 0]) * _sigmoid(is_object[:, 0]))
        (likely,) = np.nonzero(score >= np.float32(min_score))
        best = likely[np.argsort(-score[likely], kind="stable")[:MAX_CANDIDATES]]
        return _in_pixels(box[best], points[best], score[best], self._places[best])

    def _resize(self, rows: int, columns: int) -> None:
        """Make room for pictures of this size, filled up with black to whole strides of the coarsest map, and with the rim."""
        full = [side + -side % _SMALLEST_PX for side in (rows, columns)]
        self._size = (0, 0)  # where memory is short, this picture fails, and the next one begins anew
        self._net.resize_tensor_input(self._input, (1, *(side + 2 * _RIM_PX for side in full), 3))
        self._net.allocate_tensors()
        self._net.tensor(self._input)()[:] = 0
        self._places = np.concatenate([_places(full[0] // stride, full[1] // stride, stride) for stride in STRIDES])
        self._size = (rows, columns)


def _places(rows: int, columns: int, stride: int) -> Float32[ndarray, "place 3"]:
    row, column = (each.ravel() for each in np.indices((rows, columns), np.float32))
    return np.stack([column, row, np.full(rows * columns, stride, np.float32)], axis=1)


def _in_pixels(
    box: Float32[ndarray, "place 4"],
    points: Float32[ndarray, "place 10"],
    score: Float32[ndarray, " place"],
    places: Float32[ndarray, "place 3"],
) -> Float32[ndarray, "place 15"]:
    """What the heads say of places, which they measure from there, and in strides; sizes as logarithms."""
    place, stride = places[:, :2], places[:, 2:]
    centre, size = (box[:, :2] + place) * stride, np.exp(box[:, 2:]) * stride
    corners = (points + np.tile(place, 5)) * stride
    return np.concatenate([centre - size / 2, size, corners, score[:, None]], axis=1)


def _sigmoid(logits: Float32[ndarray, " place"]) -> Float32[ndarray, " place"]:
    # exp of more than 88 is beyond float32, and the answer 0 to its last digit long before.
    return np.asarray(1 / (1 + np.exp(np.minimum(-logits, np.float32(80)))))


@lru_cache(maxsize=1)
def _model_of(path: Path) -> bytes:
    """Made once for all networks of a process; a detector has four."""
    return _model(onnx_weights.read_convolutions(path))


def _model(convolutions: Sequence[Convolution]) -> bytes:
    """The network as a .tflite model, from the convolutions of its file in their order."""
    graph, rest = Graph((1, *(_SMALLEST_PX + 2 * _RIM_PX,) * 2, 3)), iter(convolutions)
    x = graph.convolution(graph.input, *next(rest), stride=2, pads=False, relu=True)
    x = _unit(graph, x, rest)
    maps = []
    for stage in range(_STAGES):
        # Between the first two stages the map keeps its size.
        x = x if stage == 1 else graph.halved(x)
        x = _unit(graph, _unit(graph, x, rest), rest)
        maps.append(x)
    fine, middle, coarse = maps[-len(STRIDES) :]
    coarse = _unit(graph, coarse, rest)
    middle = _unit(graph, graph.sum(middle, graph.doubled(coarse)), rest)
    fine = _unit(graph, graph.sum(fine, graph.doubled(middle)), rest)
    heads = [_unit(graph, level, rest, relu=False) for _ in _HEADS for level in (fine, middle, coarse)]
    if next(rest, None) is not None:
        raise ValueError(f"{len(convolutions)} convolutions are more than YuNet has")
    return graph.model(heads)


def _unit(graph: Graph, x: int, rest: Iterator[Convolution], *, relu: bool = True) -> int:
    """A pointwise convolution, then a depthwise one."""
    return graph.depthwise_convolution(graph.convolution(x, *next(rest)), *next(rest), relu=relu)
