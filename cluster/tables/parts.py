"""Reading a table's published parts: whole, by row group, or some columns only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from avemo_core.errors import StorageFailed, TableError
from avemo_core.runtime.parquet_errors import damage_named
from avemo_core.runtime.store_errors import unreachable
from avemo_core.runtime.table_files import is_shard
from cluster.storage.folder import Entry, Folder
from cluster.storage.location import open_folder
from schemas.columns import differences

_READERS: Final = 16
"""Parts read in parallel: a store answers many requests at once."""

_AHEAD: Final = 256
"""Parts whose columns wait at most, where they are taken one at a time."""


def part_entries(folder: Folder, under: str = "") -> list[Entry]:
    """The table's published parts, with those of its shards (see cluster.extract.shard).

    Names with `_` or `.` in front are no parts: a file not yet renamed, or what format 1 kept there.
    """
    entries = folder.entries(under)
    for subfolder in folder.subfolders() if not under else ():
        entries += folder.entries(subfolder) if is_shard(subfolder) else []
    return [entry for entry in entries if entry.name.endswith(".parquet") and not entry.name.rsplit("/", 1)[-1].startswith(("_", "."))]


def stored_schema(location: str) -> pa.Schema:
    """The schema of a table's parts, as its first part has it.

    Raises:
        TableError: there is no part.
    """
    folder = open_folder(location)
    entries = _some_parts(folder)
    with folder.open(entries[0]) as file:
        return parquet_file(file, entries[0], folder).schema_arrow


def read(location: str, columns: Sequence[str] | None = None, schema: pa.Schema | None = None) -> pa.Table:
    """All rows of a table, or some of their columns.

    Args:
        location: of the table; it needs nothing beside its parts.
        columns: which columns; None: all.
        schema: what the columns must be, by name and type; None: anything.

    Raises:
        TableError: no part is there, one cannot be read, or its columns are others.
    """
    folder = open_folder(location)
    return pa.concat_tables(_in_parallel(folder, _some_parts(folder), columns, schema))


def row_groups(location: str, columns: Sequence[str] | None = None, schema: pa.Schema | None = None) -> Iterator[pa.Table]:
    """The rows of a table a row group (about 16 MB) at a time; memory holds one."""
    folder = open_folder(location)
    for entry in _some_parts(folder):
        yield from row_groups_of(folder, entry, columns, schema)


def row_groups_of(
    folder: Folder, entry: Entry, columns: Sequence[str] | None = None, schema: pa.Schema | None = None
) -> Iterator[pa.Table]:
    """The rows of one part, a row group at a time."""
    with folder.open(entry) as file:
        parquet = parquet_file(file, entry, folder)
        _check(parquet.schema_arrow, columns, schema, f"{folder.uri}/{entry.name}")
        for index in range(parquet.num_row_groups):
            yield read_group(parquet, index, entry, folder, columns)


def size_bytes(location: str, columns: Sequence[str]) -> int:
    """What these columns take in memory, nearly: their values as they are before compression, read off the parts' footers."""
    folder, wanted = open_folder(location), set(columns)

    def of_part(entry: Entry) -> int:
        with folder.open(entry) as file:
            about = parquet_file(file, entry, folder).metadata
        groups = (about.row_group(index) for index in range(about.num_row_groups))
        chunks = (group.column(index) for group in groups for index in range(group.num_columns))
        return sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] in wanted)

    with ThreadPoolExecutor(_READERS, "read footers") as readers:
        return sum(readers.map(of_part, _some_parts(folder)))


def read_some(folder: Folder, entries: Sequence[Entry], columns: Sequence[str]) -> Iterator[tuple[Entry, pa.Table]]:
    """Some columns of many parts, a part at a time; memory holds few of them."""
    for start in range(0, len(entries), _AHEAD):
        lot = list(entries[start : start + _AHEAD])
        yield from zip(lot, _in_parallel(folder, lot, columns, None), strict=True)


def published_ids(folder: Folder, under: str = "") -> set[str]:
    """The source_id of every published row, read from that column alone."""
    found: set[str] = set()
    for table in _in_parallel(folder, part_entries(folder, under), ["source_id"], None):
        found.update(pc.unique(table.column("source_id")).to_pylist())
    return found


def read_part(folder: Folder, entry: Entry, columns: Sequence[str] | None = None, schema: pa.Schema | None = None) -> pa.Table:
    """The rows of one part."""
    with folder.open(entry) as file:
        parquet = parquet_file(file, entry, folder)
        _check(parquet.schema_arrow, columns, schema, f"{folder.uri}/{entry.name}")
        with _damage_named(folder, entry):
            return parquet.read(columns=columns)


def _in_parallel(folder: Folder, entries: list[Entry], columns: Sequence[str] | None, schema: pa.Schema | None) -> Iterator[pa.Table]:
    with ThreadPoolExecutor(_READERS, "read parts") as readers:
        yield from readers.map(lambda entry: read_part(folder, entry, columns, schema), entries)


def _some_parts(folder: Folder) -> list[Entry]:
    entries = part_entries(folder)
    if not entries:
        raise TableError.mismatch(
            folder.uri, "a folder with part-*.parquet", "no such file", "Has the job that writes this table finished?"
        )
    return entries


def parquet_file(file: Any, entry: Entry, folder: Folder) -> Any:  # noqa: ANN401 - pyarrow ships no annotations
    """A part open for reading; its pages are held against their checksums.

    Raises:
        DamagedPart: it is no Parquet file, or its footer is damaged.
        StorageFailed: it could not be read.
    """
    with _damage_named(folder, entry):
        return pq.ParquetFile(file, pre_buffer=True, page_checksum_verification=True)


def read_group(parquet: Any, index: int, entry: Entry, folder: Folder, columns: Sequence[str] | None = None) -> pa.Table:  # noqa: ANN401
    """One row group of a part.

    Args:
        parquet: as `parquet_file` opened it.
        index: of the row group.
        entry: the part.
        folder: of the part.
        columns: which; None: all.

    Raises:
        DamagedPart: the message names the part and the rows.
        StorageFailed: they could not be read.
    """
    first = sum(parquet.metadata.row_group(group).num_rows for group in range(index))
    rows = f"rows {first} to {first + parquet.metadata.row_group(index).num_rows - 1}"
    with _damage_named(folder, entry, rows):
        return parquet.read_row_group(index, columns=columns)


@contextmanager
def _damage_named(folder: Folder, entry: Entry, rows: str = "") -> Iterator[None]:
    """Say of an error which part it met, which rows of it, and whether it is damaged or could not be read."""
    where = f"{folder.uri}/{entry.name}{rows and f', {rows}'}"
    try:
        with damage_named(where):
            yield
    except unreachable() as error:
        raise StorageFailed(f"cannot read {where}: {error or type(error).__name__}\n  Try again: the part may be whole.") from error


def _check(found: pa.Schema, columns: Sequence[str] | None, schema: pa.Schema | None, where: str) -> None:
    if columns is not None and (absent := [name for name in columns if name not in found.names]):
        raise TableError.mismatch(where, f"columns {', '.join(columns)}", f"none named {', '.join(absent)}", "Is this the right table?")
    if schema is not None and (lines := differences(schema, found)):
        raise TableError(f"{where}: other columns than expected\n  " + "\n  ".join(lines))
