"""Reader of a .tflite file's weights: the constants that go into each operator, in float32.

A .tflite file is a FlatBuffer. Every table starts with the distance back to its vtable, which says where each of its fields lies:

    table     | to vtable (int32, subtracted) | fields ...
    vtable    | bytes (uint16) | bytes of the table (uint16) | place of field 0 in the table (uint16; 0: absent) | of field 1 | ...
    vector    | count (uint32) | elements, each of tables the distance to it (uint32, added)

Source: FlatBuffers internals; TensorFlow Lite schema, version 3, whose field numbers stand below.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy import ndarray

from avemo_core.errors import ConfigError

IDENTIFIER: Final = b"TFL3"
_SUBGRAPHS, _BUFFERS = 2, 4
_TENSORS, _OPERATORS = 0, 3
_SHAPE, _TYPE, _BUFFER, _NAME = 0, 1, 2, 3
_INPUTS, _OUTPUTS = 1, 2
_DATA: Final = 0
_DTYPES: Final = {0: "<f4", 1: "<f2", 2: "<i4"}
"""By the schema's numbers; what FaceMesh's files are made of."""


def read(path: Path) -> dict[str, list[ndarray]]:
    """What each operator reads besides other operators' outputs, by the name of its own output; float16 becomes float32.

    Raises:
        ConfigError: the file is no .tflite file, ends too early, or holds numbers of another type.
    """
    content = path.read_bytes()
    if content[4:8] != IDENTIFIER:
        raise ConfigError(f"{path} is no .tflite file: bytes 4 to 8 are {content[4:8]!r}, expected {IDENTIFIER!r}")
    try:
        return _constants(_Table(content, *struct.unpack_from("<I", content)))
    except (struct.error, ValueError, KeyError, IndexError) as error:
        raise ConfigError(f"{path} cannot be read as a .tflite file ({error}); bring it anew with `make setup`") from error


def _constants(model: "_Table") -> dict[str, list[ndarray]]:
    graph, buffers = model.tables(_SUBGRAPHS)[0], model.tables(_BUFFERS)
    tensors = graph.tables(_TENSORS)
    known: dict[int, ndarray] = {}
    for number, tensor in enumerate(tensors):
        data = buffers[tensor.uint32(_BUFFER)].bytes(_DATA)
        if data:
            values = np.frombuffer(data, _DTYPES[tensor.uint8(_TYPE)]).reshape(tensor.int32s(_SHAPE))
            known[number] = values.astype(np.float32) if values.dtype == np.float16 else values
    constants = {}
    for operator in graph.tables(_OPERATORS):
        inputs, (output, *_) = operator.int32s(_INPUTS), operator.int32s(_OUTPUTS)
        if all(number in known for number in inputs):
            # From constants alone comes a constant: weights stored in float16 are widened in the graph.
            known[output] = known[inputs[0]]
        else:
            constants[tensors[output].bytes(_NAME).decode()] = [known[number] for number in inputs if number in known]
    return constants


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of a FlatBuffer, at this byte."""

    content: bytes
    start: int

    def _place(self, field: int) -> int | None:
        """Where the field lies; None: it is absent, and has its default."""
        vtable = self.start - struct.unpack_from("<i", self.content, self.start)[0]
        size: int = struct.unpack_from("<H", self.content, vtable)[0]
        entry = 4 + 2 * field
        offset: int = struct.unpack_from("<H", self.content, vtable + entry)[0] if entry < size else 0
        return self.start + offset if offset else None

    def uint8(self, field: int) -> int:
        """A number; 0 where it is absent."""
        place = self._place(field)
        return 0 if place is None else self.content[place]

    def uint32(self, field: int) -> int:
        """A number; 0 where it is absent."""
        place = self._place(field)
        return 0 if place is None else int(struct.unpack_from("<I", self.content, place)[0])

    def _vector(self, field: int) -> tuple[int, int]:
        """Where its elements begin, and how many there are."""
        place = self._place(field)
        if place is None:
            return 0, 0
        vector = place + struct.unpack_from("<I", self.content, place)[0]
        return vector + 4, int(struct.unpack_from("<I", self.content, vector)[0])

    def int32s(self, field: int) -> tuple[int, ...]:
        """A vector of numbers."""
        start, count = self._vector(field)
        return struct.unpack_from(f"<{count}i", self.content, start)

    def bytes(self, field: int) -> bytes:
        """A vector of bytes, or a string."""
        start, count = self._vector(field)
        return self.content[start : start + count]

    def tables(self, field: int) -> "list[_Table]":
        """A vector of tables."""
        start, count = self._vector(field)
        places = (start + 4 * number for number in range(count))
        return [_Table(self.content, place + struct.unpack_from("<I", self.content, place)[0]) for place in places]
