"""The columns that say how whole a row's range was, which tables of before media version 2 lack; and all that tables of before lack."""

from __future__ import annotations

from itertools import chain
from typing import Final

import pyarrow as pa

from schemas.columns import column
from schemas.face_box import FACE_BOX
from schemas.faults import Fault
from schemas.novelty import NOVELTY

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


UNKNOWN_BEFORE: Final[tuple[tuple[pa.Field, ...], ...]] = ((*CONDITION, SOUND_TRACK), (FACE_BOX,), (NOVELTY,))
"""What tables of before lack and readers take for null, by when it came: of what came at once, one column missing alone is damage."""


def with_condition(rows: pa.Table, expected: pa.Schema) -> pa.Table:
    """Rows of before with nulls in those of these columns that a schema has, in the schema's order; others as they are."""
    asked = [[field for field in together if field.name in expected.names] for together in UNKNOWN_BEFORE]
    missing = [fields for fields in asked if not any(field.name in rows.column_names for field in fields)]
    if not any(missing):
        return rows
    for field in chain(*missing):
        rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    own = [name for name in rows.column_names if name not in expected.names]
    return rows.select([*(name for name in expected.names if name in rows.column_names), *own])
