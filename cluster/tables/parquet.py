"""How rows become Parquet: compression, encodings, row groups and names of parts, the same for every table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP_ROWS: Final = 50
"""Clips in a row group: at 60 steps of 1024 halves each, about 4 MB."""

_ROW_GROUP_BYTES: Final = 4 * 2**20
"""Rows smaller than a clip's sequences share a group up to this size: a footer has an entry for every group and column."""


def encode(table: pa.Table) -> bytes:
    """The table as one Parquet file: zstd, no dictionary on values, row groups of about 50 clips."""
    sink = pa.BufferOutputStream()
    with writer(sink, table.schema) as file:
        file.write_table(table, row_group_size=group_rows(table))
    return bytes(sink.getvalue())


def writer(sink: IO[bytes] | Any, schema: pa.Schema) -> Any:  # noqa: ANN401 - pyarrow ships no annotations
    """A Parquet writer for the schema; strings get a dictionary, values none.

    The bytes of float32 values are split into streams, which saves an eighth (docs/scale.md). float16 values are not: DuckDB
    does not read that encoding of them.
    """
    strings = [field.name for field in schema if pa.types.is_string(field.type)]
    floats = [path for field in schema if (path := _path_to_float32(field.name, field.type))]
    return pq.ParquetWriter(sink, schema, compression="zstd", use_dictionary=strings, use_byte_stream_split=floats)


def _path_to_float32(path: str, type_: pa.DataType) -> str | None:
    """The Parquet path of a column's float32 values; None if it has others."""
    if pa.types.is_list(type_) or pa.types.is_fixed_size_list(type_):
        return _path_to_float32(f"{path}.list.element", type_.value_type)
    return path if pa.types.is_float32(type_) else None


def group_rows(table: pa.Table) -> int:
    """How many of the table's rows go into one row group."""
    if not table.num_rows:
        return ROW_GROUP_ROWS
    rows_of_target: int = _ROW_GROUP_BYTES * table.num_rows // max(table.nbytes, 1)
    return max(ROW_GROUP_ROWS, rows_of_target)


PART_PREFIX: Final = "part-"
"""Of the parts' names."""


def part_name(source_ids: Iterable[str]) -> str:
    """The name of the part that holds these sources: the same ids give the same name."""
    digest = hashlib.sha256()
    for source_id in sorted(set(source_ids)):
        digest.update(source_id.encode() + b"\0")
    return f"{PART_PREFIX}{digest.hexdigest()[:24]}.parquet"
