"""Reader of dlib's serialized networks (.dat): the parameter tensors in it, in the order of the network.

    bytes 01 02      version 2 of a tensor, itself an integer as below
    four integers    N, K, rows, columns: of each a control byte, which says how many bytes follow, then these, little-endian
    raw values       N x K x rows x columns float32, little-endian

What stands between the tensors (layer names, strides, learning rates) is skipped; the architecture is ours to know, and so
a tensor is told from bytes that look like one by how many values it must hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Final

import numpy as np

from avemo_core.errors import ConfigError

VERSION: Final = b"\x01\x02"
LONGEST_INTEGER_BYTES: Final = 8
FLOAT_BYTES: Final = 4


def read_tensors(path: Path, counts: Sequence[int]) -> list[np.ndarray]:
    """The parameter tensors of the file, flat, float32, from input to output.

    Args:
        path: the .dat file.
        counts: how many values each tensor of the architecture holds, in the order of the network.

    Raises:
        ConfigError: the file ends before all of them were found: it is no such network.
    """
    content = path.read_bytes()
    tensors: list[np.ndarray] = []
    position = 0
    for number, count in enumerate(counts):
        start = _values_of(content, position, count)
        if start is None:
            raise ConfigError(f"{path} is not the network expected: tensor {number} of {len(counts)}, of {count} values, is not in it")
        tensors.append(np.frombuffer(content, dtype="<f4", count=count, offset=start))
        position = start + FLOAT_BYTES * count
    return tensors


def _values_of(content: bytes, position: int, count: int) -> int | None:
    """Where the values of the next tensor of so many values start."""
    while (position := content.find(VERSION, position)) >= 0:
        header = _header(content, position + len(VERSION))
        if header is not None and prod(header[0]) == count and header[1] + FLOAT_BYTES * count <= len(content):
            return header[1]
        position += 1
    return None


def _header(content: bytes, start: int) -> tuple[list[int], int] | None:
    """The four sizes that start there and where the values begin; None when these bytes are no header."""
    sizes: list[int] = []
    for _ in range(4):
        length_bytes = content[start] if start < len(content) else 0
        if not 0 < length_bytes <= LONGEST_INTEGER_BYTES:
            return None
        sizes.append(int.from_bytes(content[start + 1 : start + 1 + length_bytes], "little"))
        start += 1 + length_bytes
    return sizes, start
