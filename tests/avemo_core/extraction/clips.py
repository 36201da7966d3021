"""Clips for the tests of extraction, and what is read of their rows."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy import ndarray

from avemo_core.corpora.clip import Clip

Encode = Callable[..., Path]
SELECTED = 64
"""Values of the feature map."""


def clip_of(path: Path, **known: object) -> Clip:
    return Clip(source_id="one", uri=str(path), **known)


def cut(path: Path, share: float) -> Path:
    """The file without its end; its header, at the front, still claims everything."""
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    return path


def vectors(table: pa.Table, name: str) -> ndarray:
    return np.array(table[name][0].as_py())
