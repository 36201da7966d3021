"""Where workers put finished rows: whole Parquet files that no reader sees until the driver moves them.

The move is the commit. A worker writes a file of a new name in `staging/`, and reports it; the driver alone moves it to
`part-DIGEST.parquet`, a name made from the ids of its sources:

    worker   write staging/UUID.parquet, flush to disk --report--+
    driver                                                        +--> lock.check() --> move --> count the sources as done

    killed                            leaves                                   the next run
    while the file is written         a part of a file, or nothing             sweeps it, does its clips again
    after the write, before the move  a whole file that nobody moves           sweeps it, does its clips again
    in the move, on a disk            the old name or the new (a rename)       as in the line above or the line below
    in the move, on an object store   the part and the staged copy             leaves its clips out, sweeps the copy
    after the move                    the part                                 leaves its clips out: `done` reads the parts themselves

Nothing comes twice: a worker that the driver gave up may still write, but its file is reported to nobody. The same sources staged
again have the same part name, so the later part replaces the earlier one.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.errors import TableError
from cluster.storage.location import open_folder
from cluster.tables.parquet import encode, group_rows, part_name, writer
from cluster.tables.paths import PART_PREFIX, sibling
from schemas.columns import differences

FOLDER: Final = "staging"

PART_BYTES: Final = 64 * 2**20
"""Rows of more bytes than this, in memory, start a new part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Staged:
    """A complete file in staging: what the driver must know to publish it."""

    name: str
    """Where it lies, relative to the table."""
    part: str
    """The name under which it is published, made from its ids."""
    source_ids: tuple[str, ...]
    rows: int
    size_bytes: int
    faults: Mapping[str, int] = field(default_factory=dict)
    """Fault -> rows that have it; empty where the table knows none."""


class Staging:
    """Writes staged files of one table; travels to workers as its location and schema.

    Args:
        location: the table's location, as the user wrote it.
        schema: of its rows.
        prefix: of the names under which the files are published.
    """

    def __init__(self, location: str, schema: pa.Schema, prefix: str = PART_PREFIX) -> None:
        self._location, self._schema, self._prefix = location, schema, prefix
        self._folder = open_folder(sibling(location))

    def __reduce__(self) -> tuple[type[Staging], tuple[str, pa.Schema, str]]:
        """Only plain values travel: connections do not."""
        return type(self), (self._location, self._schema, self._prefix)

    def write(self, table: pa.Table) -> Staged:
        """Encode the rows in memory and write them once.

        Raises:
            TableError: the storage refused, or the columns are not the schema's.
        """
        content = encode(self._fitted(table))
        name = _fresh_name()
        self._folder.write(name, content)
        return self._staged(name, _source_ids(table), table.num_rows, len(content), _faults(table))

    def write_stream(self, source_id: str, tables: Iterable[pa.Table]) -> Staged:
        """Write the many rows of one source as they come; memory holds one table of them.

        Where the source breaks off, its unfinished file stays in staging, reported to nobody, until a sweep.
        """
        name, rows, faults = _fresh_name(), 0, Counter[str]()
        with self._folder.stream(name) as sink:
            with writer(sink, self._schema) as file:
                for table in tables:
                    file.write_table(self._fitted(table), row_group_size=group_rows(table))
                    rows += table.num_rows
                    faults += _faults(table)
            size_bytes = sink.tell()
        return self._staged(name, (source_id,), rows, size_bytes, faults)

    def _fitted(self, table: pa.Table) -> pa.Table:
        """The rows with the schema's columns in the schema's order, types and metadata."""
        if lines := differences(self._schema, table.schema):
            raise TableError("a worker's rows have other columns than the table\n  " + "\n  ".join(lines))
        return table.select(self._schema.names).cast(self._schema)

    def _staged(self, name: str, source_ids: tuple[str, ...], rows: int, size_bytes: int, faults: Counter[str]) -> Staged:
        part = part_name(source_ids, self._prefix)
        return Staged(name=name, part=part, source_ids=source_ids, rows=rows, size_bytes=size_bytes, faults=dict(faults))


def _fresh_name() -> str:
    return f"{FOLDER}/{uuid.uuid4().hex}.parquet"


def _source_ids(table: pa.Table) -> tuple[str, ...]:
    return tuple(pc.unique(table.column("source_id")).to_pylist())


def _faults(table: pa.Table) -> Counter[str]:
    """How many rows have which fault; counted where the rows are, since the driver never sees them."""
    if "fault" not in table.column_names:
        return Counter()
    return Counter(fault for fault in table.column("fault").to_pylist() if fault is not None)
