"""How rows become Parquet: compression, encodings, row groups and names of parts, the same for every table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cluster.tables.paths import PART_PREFIX

ROW_GROUP_BYTES: Final = 16 * 2**20
"""Of a row group in memory: about 30 clips of features; a footer has an entry for every group and column."""

COMPRESSION_LEVEL: Final = 5
"""Of zstd: what page index, checksums and statistics take is less than this saves over its default (benchmarks/table_format.py)."""

SORTED_BY: Final = ("split", "clip_id")
"""The order of the rows within a part, so that a reader who asks for one split, or one clip, skips row groups."""


def encode(table: pa.Table) -> bytes:
    """The table as one Parquet file, its rows in the order of `SORTED_BY`."""
    table = _sorted(table)
    sink = pa.BufferOutputStream()
    with writer(sink, table.schema) as file:
        if table.num_rows:  # an empty row group keeps Hugging Face datasets 5 from the whole table
            file.write_table(table, row_group_size=group_rows(table))
    return bytes(sink.getvalue())


def writer(sink: IO[bytes] | Any, schema: pa.Schema) -> Any:  # noqa: ANN401 - pyarrow ships no annotations
    """A Parquet writer for the schema: zstd, a dictionary for strings, page index and page checksums.

    The bytes of float32 vectors are split into streams, which saves an eighth (docs/decisions/split-float32-bytes.md). Scalars
    stay plain: there it saves nothing, and keeps older readers from every number of a row. Scalars alone have statistics: nobody
    asks for rows by a vector's smallest value.
    """
    strings = [field.name for field in schema if pa.types.is_string(field.type)]
    vectors = [path for field in schema if _is_list(field.type) and (path := _path_to_float32(field.name, field.type))]
    return pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        use_dictionary=strings,
        use_byte_stream_split=vectors,
        write_statistics=[field.name for field in schema if not _is_list(field.type)],
        write_page_index=True,
        write_page_checksum=True,
    )


def _is_list(type_: pa.DataType) -> bool:
    return bool(pa.types.is_list(type_) or pa.types.is_fixed_size_list(type_))


def _path_to_float32(path: str, type_: pa.DataType) -> str | None:
    """The Parquet path of a column's float32 values; None if it has others."""
    if _is_list(type_):
        return _path_to_float32(f"{path}.list.element", type_.value_type)
    return path if pa.types.is_float32(type_) else None


def _sorted(table: pa.Table) -> pa.Table:
    """The rows in the order of those columns of `SORTED_BY` that the table has."""
    order = [(name, "ascending") for name in SORTED_BY if name in table.column_names]
    return table.take(pc.sort_indices(table.select([name for name, _ in order]), order)) if order else table


def group_rows(table: pa.Table) -> int:
    """How many of the table's rows go into one row group."""
    rows: int = ROW_GROUP_BYTES * table.num_rows // max(table.nbytes, 1)
    return max(1, rows)


def part_name(source_ids: Iterable[str], prefix: str = PART_PREFIX) -> str:
    """The name of the part that holds these sources: the same ids give the same name."""
    digest = hashlib.sha256()
    for source_id in sorted(set(source_ids)):
        digest.update(source_id.encode() + b"\0")
    return f"{prefix}{digest.hexdigest()[:24]}.parquet"
