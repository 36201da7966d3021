"""The history of a training as metrics.jsonl: one JSON object a line, for each network and epoch.

    {"step": 3, "member": 0, "train/loss": 1.2, "train/accuracy": 0.5, "val/loss": 1.4, "val/accuracy": 0.4}

Names with a slash are those that TensorBoard and MLflow group into charts. JSON has no NaN: a figure that was never measured, or was
no number, is left out of its line.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

_NAMES: Final = {
    "train_loss": "train/loss",
    "train_accuracy": "train/accuracy",
    "val_loss": "val/loss",
    "val_accuracy": "val/accuracy",
}
"""A figure's name in the code, and in the file."""

History = list[dict[str, float | int]]
"""One row an epoch and network: member, epoch (from 1), and the four figures."""


def to_lines(history: Sequence[Mapping[str, float | int]]) -> bytes:
    """The rows as metrics.jsonl."""
    return "".join(f"{json.dumps(_line(row), allow_nan=False)}\n" for row in history).encode()


def of_lines(content: bytes) -> History:
    """Read what `to_lines` wrote; a figure that its line leaves out is NaN.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is something else.
    """
    return [_row(json.loads(line)) for line in content.splitlines() if line.strip()]


def of_parquet(content: bytes) -> History:
    """Read the history.parquet of a bundle of 0.1.0.

    Raises:
        pyarrow.ArrowException: it is something else.
    """
    rows: History = pq.read_table(pa.BufferReader(content)).to_pylist()
    return rows


def _line(row: Mapping[str, float | int]) -> dict[str, float | int]:
    figures = {stored: float(row[name]) for name, stored in _NAMES.items()}
    return {"step": int(row["epoch"]), "member": int(row["member"])} | {
        name: value for name, value in figures.items() if math.isfinite(value)
    }


def _row(line: Mapping[str, float | int]) -> dict[str, float | int]:
    figures = {name: float(line.get(stored, math.nan)) for name, stored in _NAMES.items()}
    return {"member": int(line["member"]), "epoch": int(line["step"]), **figures}
