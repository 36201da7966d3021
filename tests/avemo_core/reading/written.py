"""Tables as the jobs write them, and cells held against what they should be."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from cluster.tables.parquet import encode
from schemas.rejects import REJECTS
from tests.avemo_core.report import made

PREDICTIONS = made.predictions(12)
VERSION1 = Path(__file__).parents[2] / "version1"
REJECT = {"clip_id": "x", "source_id": "x", "uri": "u", "stage": "read", "reason": "missing", "detail": "", "attempts": 1, "worker": "w"}


def write(folder: Path, table: pa.Table, name: str = "part-0.parquet") -> Path:
    """One more file of a folder, as the jobs write it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(encode(table))
    return folder


def rejects(*ids: str) -> pa.Table:
    return pa.Table.from_pylist([{**REJECT, "source_id": id_, "time": 0} for id_ in ids], REJECTS)


def equal(found: object, expected: object) -> bool:
    """Whether two cells hold the same: arrays, None or scalars."""
    if isinstance(found, np.ndarray):
        return expected is not None and np.array_equal(found, np.array(expected, found.dtype), equal_nan=True)
    return found == expected or (pd.isna(found) and pd.isna(expected))


def unequal(found: pd.DataFrame, expected: list[dict[str, object]]) -> list[tuple[object, str]]:
    """Which cells differ, by clip and column."""
    rows = {row["clip_id"]: row for row in expected}
    return [
        (row["clip_id"], name)
        for row in found.to_dict("records")
        for name in found.columns
        if not equal(row[name], rows[row["clip_id"]][name])
    ]
