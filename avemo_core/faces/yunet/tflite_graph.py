"""Writer of a .tflite model: the few operators that YuNet is made of, in float32.

A model is a list of operators over numbered tensors. A tensor with a buffer is a constant; every other one is computed, and its sides are
those of the nominal input until the interpreter is given another one.

Source: TensorFlow Lite schema, version 3, as LiteRT brings it.
"""

from typing import Any, Final

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from jaxtyping import Float32
from numpy import ndarray

_IDENTIFIER: Final = b"TFL3"
_VERSION: Final = 3
_NO_DATA: Final = 0
"""Number of the empty buffer: of whatever is computed."""


class Graph:
    """Operators, added one after the other; each gives the number of the tensor that it answers.

    Args:
        shape: of the input, float32: 1, rows, columns, channels.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._tensors: list[Any] = []
        self._buffers: list[Any] = [schema.BufferT()]
        self._operators: list[Any] = []
        self._codes: dict[int, int] = {}
        self.input: Final = self._tensor("input", shape)

    def channels(self, tensor: int) -> int:
        """How many a tensor has."""
        return int(self._tensors[tensor].shape[-1])

    def convolution(
        self,
        x: int,
        filters: Float32[ndarray, "out in rows columns"],
        biases: Float32[ndarray, " out"],
        *,
        stride: int = 1,
        pads: bool = True,
        relu: bool = False,
    ) -> int:
        """A convolution over all channels; with `pads`, as many rows and columns go out as come in (where the stride is 1)."""
        options = schema.Conv2DOptionsT()
        self._fill(options, stride=stride, pads=pads, relu=relu)
        # TensorFlow's filters are (out, rows, columns, in).
        constants = (self._constant(filters.transpose(0, 2, 3, 1)), self._constant(biases))
        return self._operator("CONV_2D", options, (x, *constants), len(filters))

    def depthwise_convolution(
        self, x: int, filters: Float32[ndarray, "channel 1 rows columns"], biases: Float32[ndarray, " channel"], *, relu: bool
    ) -> int:
        """A convolution of each channel by itself; as many rows and columns go out as come in."""
        options = schema.DepthwiseConv2DOptionsT()
        self._fill(options, stride=1, pads=True, relu=relu)
        options.depthMultiplier = 1
        # Its filters are (1, rows, columns, channel).
        constants = (self._constant(filters.transpose(1, 2, 3, 0)), self._constant(biases))
        return self._operator("DEPTHWISE_CONV_2D", options, (x, *constants), len(filters))

    def halved(self, x: int) -> int:
        """Of each square of four values the largest."""
        options = schema.Pool2DOptionsT()
        options.padding = schema.Padding.VALID
        options.filterHeight = options.filterWidth = options.strideH = options.strideW = 2
        return self._operator("MAX_POOL_2D", options, (x,), self.channels(x))

    def doubled(self, x: int) -> int:
        """Each value written four times, in a square.

        As channels four times over that go into the square: unlike an operator that resizes, these two take whatever size the input is
        given, and XNNPACK has both.
        """
        channels = self.channels(x)
        joined, spread = schema.ConcatenationOptionsT(), schema.DepthToSpaceOptionsT()
        joined.axis, spread.blockSize = 3, 2
        return self._operator("DEPTH_TO_SPACE", spread, (self._operator("CONCATENATION", joined, (x,) * 4, 4 * channels),), channels)

    def sum(self, a: int, b: int) -> int:
        """Two tensors of one shape, added."""
        return self._operator("ADD", schema.AddOptionsT(), (a, b), self.channels(a))

    def model(self, outputs: list[int]) -> bytes:
        """The .tflite model that answers these tensors, in this order."""
        graph, model = schema.SubGraphT(), schema.ModelT()
        graph.name, graph.tensors, graph.operators = "main", self._tensors, self._operators
        graph.inputs, graph.outputs = [self.input], outputs
        model.version, model.subgraphs, model.buffers = _VERSION, [graph], self._buffers
        model.operatorCodes = [_code(operator) for operator in self._codes]
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), _IDENTIFIER)
        return bytes(builder.Output())

    def _fill(self, options: Any, *, stride: int, pads: bool, relu: bool) -> None:  # noqa: ANN401 - generated classes without a common one
        options.padding = schema.Padding.SAME if pads else schema.Padding.VALID
        options.strideH = options.strideW = stride
        options.dilationHFactor = options.dilationWFactor = 1
        options.fusedActivationFunction = schema.ActivationFunctionType.RELU if relu else schema.ActivationFunctionType.NONE

    def _operator(self, name: str, options: Any, inputs: tuple[int, ...], channels: int) -> int:  # noqa: ANN401 - as above
        number = getattr(schema.BuiltinOperator, name)
        operator = schema.OperatorT()
        operator.opcodeIndex = self._codes.setdefault(number, len(self._codes))
        operator.inputs = list(inputs)
        # The interpreter finds rows and columns itself; what is added to the list counts on the channels alone.
        operator.outputs = [self._tensor(f"{name.lower()}_{len(self._tensors)}", (1, 1, 1, channels))]
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        operator.builtinOptions = options
        self._operators.append(operator)
        return int(operator.outputs[0])

    def _constant(self, values: Float32[ndarray, "..."]) -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values, np.float32).tobytes(), np.uint8)
        self._buffers.append(buffer)
        return self._tensor(f"constant_{len(self._tensors)}", values.shape, len(self._buffers) - 1)

    def _tensor(self, name: str, shape: tuple[int, ...], buffer: int = _NO_DATA) -> int:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), schema.TensorType.FLOAT32, buffer
        self._tensors.append(tensor)
        return len(self._tensors) - 1


def _code(operator: int) -> Any:  # noqa: ANN401 - as above
    code = schema.OperatorCodeT()
    # Readers before 2020 know operators by one byte; all of these are below its end.
    code.builtinCode = code.deprecatedBuiltinCode = operator
    code.version = 1
    return code
