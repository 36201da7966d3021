"""What a reader cannot do with our tables, each with its reason; a reader that learns it fails the test, and its line here goes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.readers import tables

Values = list[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """Columns of which a reader makes something else."""

    reader: str
    tables: tuple[str, ...]
    columns: Callable[[str], list[str]]
    """Which of a table's columns."""
    becomes: Callable[[Values], Values] | None
    """What it makes of their values; None: it leaves the columns out."""
    reason: str


def _every(table: str) -> list[str]:
    return tables.of(table).schema.names


def _nulls_empty(values: Values) -> Values:
    return [[] if value is None else value for value in values]


def _all_null(values: Values) -> Values:
    return [None] * len(values)


WITH_ROWS: Final = tuple(name for name in tables.NAMES if not name.startswith("empty"))
EMPTY: Final = tuple(name for name in tables.NAMES if name.startswith("empty"))

LIMITS: Final = (
    Limit(
        reader="chdb",
        tables=WITH_ROWS,
        columns=tables.nullable_lists,
        becomes=_nulls_empty,
        reason="ClickHouse has no Nullable(Array): a null list becomes an empty one, and has_sound alone tells them apart",
    ),
    Limit(
        reader="fastparquet",
        tables=tables.NAMES,
        columns=tables.lists,
        becomes=None,
        reason="fastparquet is asked for scalars alone: it knows no BYTE_STREAM_SPLIT, and no lists within lists",
    ),
    Limit(
        reader="fastparquet, vectors",
        tables=tables.NAMES,
        columns=lambda table: [name for name in _every(table) if name != "clip_id" and name not in tables.vectors(table)],
        becomes=None,
        reason="it is asked for vectors alone",
    ),
    Limit(
        reader="fastparquet, vectors",
        tables=WITH_ROWS,
        columns=tables.vectors,
        becomes=_all_null,
        reason="fastparquet gives None for every list of lists, and says nothing",
    ),
    Limit(
        reader="Ray Data",
        tables=EMPTY,
        columns=_every,
        becomes=None,
        reason="a Ray dataset without rows has no blocks, and blocks have the columns",
    ),
)

REFUSED: Final = {
    **{("HF datasets", table): "corresponds to no data" for table in EMPTY},
    **{("fastparquet, all columns", table): "NotImplementedError: Encoding 9" for table in WITH_ROWS},
}
"""What some readers say instead of reading a table, by reader and table.

HF datasets finds no data in a table without rows; a part without rows beside others does no harm, since it has no row group.
Encoding 9 is BYTE_STREAM_SPLIT, which fastparquet does not know.
"""
