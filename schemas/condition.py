"""The columns that say how whole a row's range was; tables of before media version 2 lack them."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from schemas.columns import column
from schemas.faults import Fault

CONDITION: Final[tuple[pa.Field, ...]] = (
    column(
        "decoded_share",
        pa.float32(),
        "share",
        "how much of the range decoded, of what the container claims or the range asks; null where unknown",
        nullable=True,
    ),
    column(
        "fault",
        pa.string(),
        "",
        f"the gravest thing that was not right in the range ({', '.join(Fault)}); null when all was right, or nothing is known",
        nullable=True,
    ),
)

SOUND_TRACK: Final[pa.Field] = column(
    "sound_track", pa.int32(), "", "which of the file's sound tracks was listened to, from 0; null where it has none", nullable=True
)


UNKNOWN_BEFORE: Final = (*CONDITION, SOUND_TRACK)
"""What tables of before lack, all of it: one alone that is missing is damage. Every reader takes them for null."""


def with_condition(rows: pa.Table, expected: pa.Schema) -> pa.Table:
    """Rows of before with nulls in those columns of this module that a schema has, in the schema's order; others as they are."""
    fields = [field for field in UNKNOWN_BEFORE if field.name in expected.names]
    if any(field.name in rows.column_names for field in fields):
        return rows
    for field in fields:
        rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    own = [name for name in rows.column_names if name not in expected.names]
    return rows.select([*(name for name in expected.names if name in rows.column_names), *own])
