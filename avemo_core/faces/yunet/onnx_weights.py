"""Reader of an .onnx file's convolutions: their filters and biases in float32, in the order of the graph.

An .onnx file is a protocol buffer: a row of fields, each a key (field number times 8, plus how it is stored) and its value. YuNet's
filters are stored as bytes with a scale for each block of them, which the graph multiplies and gives their shape:

    filters (int8) -> DequantizeLinear -> Reshape -> Conv

Source: Protocol Buffers, encoding; onnx.proto3, whose field numbers stand below.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy import ndarray

from avemo_core.errors import ConfigError

_GRAPH: Final = 7
_NODES, _INITIALISERS = 1, 5
_INPUTS, _OUTPUTS, _OPERATOR, _ATTRIBUTES = 1, 2, 4, 5
_ATTRIBUTE_NAME, _ATTRIBUTE_INTEGER = 1, 3
_DIMENSIONS, _TYPE, _NAME, _RAW = 1, 2, 8, 9
_DTYPES: Final = {1: "<f4", 3: "<i1", 7: "<i8"}
"""By onnx's numbers; what YuNet's file is made of."""
Message = dict[int, list[int | bytes]]
"""Fields by their numbers."""


def read_convolutions(path: Path) -> list[tuple[ndarray, ndarray]]:
    """Filters (out, in, rows, columns) and biases of every convolution, in the order of the graph.

    Raises:
        ConfigError: the file is no .onnx file, ends too early, or has convolutions whose filters are stored in another way.
    """
    try:
        graph = _message(_bytes(_message(path.read_bytes()), _GRAPH))
        known = dict(_initialiser(_message(_as_bytes(each))) for each in graph[_INITIALISERS])
        convolutions = []
        for node in (_message(_as_bytes(each)) for each in graph[_NODES]):
            inputs, (output, *_) = ([_as_bytes(name).decode() for name in node[field]] for field in (_INPUTS, _OUTPUTS))
            match _bytes(node, _OPERATOR):
                case b"DequantizeLinear":
                    quantised, scales, zero_point = (known[name] for name in inputs)
                    known[output] = _dequantised(quantised, scales, zero_point, **_integers(node))
                case b"Reshape" if inputs[0] in known:
                    known[output] = known[inputs[0]].reshape(known[inputs[1]])
                case b"Conv":
                    convolutions.append((known[inputs[1]], known[inputs[2]]))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ConfigError(f"{path} cannot be read as YuNet's .onnx file ({error!r}); bring it anew with `make setup`") from error
    return convolutions


def _dequantised(quantised: ndarray, scales: ndarray, zero_point: ndarray, *, axis: int, block_size: int) -> ndarray:
    """Each block of so many values along the axis has its own scale; the last block may be shorter."""
    scale, zero = (np.repeat(each, block_size, axis).take(range(quantised.shape[axis]), axis) for each in (scales, zero_point))
    return np.asarray((quantised.astype(np.float32) - zero.astype(np.float32)) * scale)


def _initialiser(tensor: Message) -> tuple[str, ndarray]:
    shape = _packed(tensor.get(_DIMENSIONS, []))
    (dtype,) = tensor[_TYPE]
    return _bytes(tensor, _NAME).decode(), np.frombuffer(_bytes(tensor, _RAW), _DTYPES[int(dtype)]).reshape(shape)


def _integers(node: Message) -> dict[str, int]:
    attributes = (_message(_as_bytes(each)) for each in node.get(_ATTRIBUTES, []))
    return {_bytes(each, _ATTRIBUTE_NAME).decode(): int(each[_ATTRIBUTE_INTEGER][0]) for each in attributes}


def _packed(values: Sequence[int | bytes]) -> list[int]:
    """Repeated integers: each a field of its own, or all together in one."""
    numbers: list[int] = []
    for value in values:
        if isinstance(value, int):
            numbers.append(value)
            continue
        place = 0
        while place < len(value):
            number, place = _varint(value, place)
            numbers.append(number)
    return numbers


def _message(content: bytes) -> Message:
    fields, place = defaultdict[int, list[int | bytes]](list), 0
    while place < len(content):
        key, place = _varint(content, place)
        match key & 7:
            case 0:
                value, place = _varint(content, place)
                fields[key >> 3].append(value)
                continue
            case 1:
                length = 8
            case 2:
                length, place = _varint(content, place)
            case 5:
                length = 4
            case kind:
                raise ValueError(f"a field stored as {kind} at byte {place}")
        if place + length > len(content):
            raise ValueError(f"a field of {length} bytes at byte {place} of {len(content)}")
        fields[key >> 3].append(content[place : place + length])
        place += length
    return dict(fields)


def _varint(content: bytes, place: int) -> tuple[int, int]:
    """The number whose seven-bit groups, lowest first, begin there, and where it ends; a group but the last has its highest bit set."""
    number = shift = 0
    while True:
        byte = content[place]
        number, shift, place = number | (byte & 127) << shift, shift + 7, place + 1
        if byte < 128:
            return number, place


def _bytes(message: Message, field: int) -> bytes:
    return _as_bytes(message[field][0])


def _as_bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise TypeError(f"expected bytes, found the number {value}")
    return value
