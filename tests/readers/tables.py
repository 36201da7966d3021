"""The tables that every reader opens: written by the project's own code, with rejects beside them, and all that a row can lack."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from cluster.tables.rejects import Rejected
from cluster.tables.run_record import RunCounts
from cluster.tables.table import open_table
from schemas import features, predictions
from schemas.rejects import Reason
from tests.avemo_core.report import made
from tests.cluster import generated

ROWS: Final = 24
NAMES: Final = (
    "features",
    "predictions",
    "sharded_features",
    "sharded_predictions",
    "half_empty_predictions",
    "empty_features",
    "empty_predictions",
)


def of(name: str) -> pa.Table:
    """The rows of a table, as they were before they were written."""
    rows = _features() if name.endswith("features") else _predictions()
    return rows.slice(0, 0) if name.startswith("empty") else rows


def write(folder: Path) -> dict[str, Path]:
    """Write all tables; where each lies."""
    for name in NAMES:
        for rows, below in _shards(name):
            _write(rows, folder / name / below)
    return {name: folder / name for name in NAMES}


def lists(name: str) -> list[str]:
    """The table's columns that hold lists."""
    return [field.name for field in of(name).schema if pa.types.is_list(field.type)]


def vectors(name: str) -> list[str]:
    """The table's columns that hold lists of vectors."""
    return [field.name for field in of(name).schema if pa.types.is_list(field.type) and pa.types.is_fixed_size_list(field.type.value_type)]


def nullable_lists(name: str) -> list[str]:
    """The table's columns that hold lists and nulls."""
    return [field.name for field in of(name).schema if pa.types.is_list(field.type) and field.nullable]


def _shards(name: str) -> list[tuple[pa.Table, str]]:
    """A table's rows, each with the subfolder that `--shard` writes them into; of a half empty table one shard rejected all it had."""
    rows = of(name)
    first = {"sharded": rows.num_rows // 2, "half": rows.num_rows}.get(name.split("_", maxsplit=1)[0])
    return [(rows, "")] if first is None else [(rows.slice(0, first), "share-00001-of-00002"), (rows.slice(first), "share-00002-of-00002")]


def _write(rows: pa.Table, folder: Path) -> None:
    """Two parts and a reject; a table without rows gets its one empty part as the run ends."""
    half = rows.num_rows // 2
    with open_table(str(folder), rows.schema, {"made for": "readers"}) as table:
        for part in (rows.slice(0, half), rows.slice(half)):
            if part.num_rows:
                table.publish(table.staging.write(part))
        table.publish_rejects([Rejected(source_id="gone", uri="/gone.mp4", stage="read", reason=Reason.MISSING, detail="no such file")])
        table.close(RunCounts(), "done")


def _features() -> pa.Table:
    rows: list[dict[str, Any]] = generated.rows(ROWS).to_pylist()
    for row in rows:
        row["appearance"] = np.asarray(row["appearance"], np.float16).astype(np.float32).tolist()
    rows[3] |= {"audio_time_s": [], "audio": [], "audio_coverage": 0.0}
    rows[5] |= {"has_face": [False] * 6, "face_coverage": 0.0, "faces_max": 0}
    rows[5] |= {name: np.zeros((6, len(rows[5][name][0]))).tolist() for name in ("face_box", "shape", "appearance")}
    return pa.Table.from_pylist(_with_gaps(rows), features.schema(generated.APPEARANCE, generated.AUDIO))


def _predictions() -> pa.Table:
    # made.predictions leaves one clip in ten without sound: alignment and window_time_s are null there.
    rows: list[dict[str, Any]] = made.predictions(ROWS, steps=(5, 9)).to_pylist()
    # Sound, and no step to align: the list is empty, and only has_sound tells it from null where a reader cannot.
    rows[5] |= {"step_time_s": [], "perception": [], "alignment": [], "window_time_s": [], "face_coverage": 0.0}
    return pa.Table.from_pylist(_with_gaps(rows), predictions.PREDICTIONS)


def _with_gaps(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows 7 to 9 come of one source; row 1 has neither label nor split nor subject; an id is not ASCII."""
    several = [{"clip_id": f"source#{place}000-{place + 1}000", "source_id": "source"} for place in range(3)]
    changes = {1: {"label": None, "split": None, "subject": None}, 2: {"subject": "Zoë 王"}, **dict(enumerate(several, 7))}
    return [row | changes.get(place, {}) for place, row in enumerate(rows)]
