"""Tables of version 0.1.0 (format 1), which are read as they are, and converted rather than written.

Everything lay in the folder itself: `run.json`, `_rejects/part-*.parquet`, `_subjects.parquet`, `_lock`, `_staging/`, `_log/`.
Appearance was float16, predictions had no `has_sound`, and no row said how whole its range was.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from cluster.storage.folder import Folder
from schemas import features, predictions
from schemas.condition import with_condition

RECORD: Final = "_run.json"
REJECTS: Final = "_rejects"
SUBJECTS: Final = "_subjects.parquet"
LOCK: Final = "_lock"

FEATURES: Final = "_features"
"""Of predictions that were made from clips: the features, a table of its own."""

HOW_TO_GO_ON: Final = (
    "  Finish it with avemo 0.1.0, or convert it and go on there, which makes the same values:\n"
    "    python jobs/convert.py --table {uri} --out NEW"
)


def is_format_1(folder: Folder) -> bool:
    """Whether the folder holds a table of format 1, or predictions whose clips were only extracted so far."""
    return any(folder.read(name) is not None for name in (RECORD, f"{FEATURES}/{RECORD}"))


def upgraded(rows: pa.Table) -> pa.Table:
    """Rows of features or predictions of either format as this version writes them; others as they are.

    float16 becomes float32 without a change of value. What is not known of older rows (schemas.condition) is null.
    """
    if "appearance" in rows.column_names:
        rows = with_condition(rows, features.FEATURES)
        if not _has_float16(rows.schema):
            return rows  # of this version; it need not have every part
        width, audio = (rows.schema.field(name).type.value_type.list_size for name in ("appearance", "audio"))
        return rows.cast(features.schema(width, audio))
    if "perception" not in rows.column_names:
        return rows
    if "has_sound" not in rows.column_names:
        schema = predictions.schema(rows.schema.field("alignment").type.value_type.list_size)
        with_sound = with_condition(rows.append_column("has_sound", pc.is_valid(rows.column("alignment"))), schema)
        return with_sound.select(schema.names).cast(schema)
    return with_condition(rows, predictions.PREDICTIONS)


def _has_float16(schema: pa.Schema) -> bool:
    return bool(pa.types.is_float16(schema.field("appearance").type.value_type.value_type))
