"""Bring a table of format 1 into format 2: the same rows, rejects and settings, without extracting or scoring again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.errors import ConfigError
from cluster.ray.session import resolve
from cluster.storage.folder import Entry, Folder
from cluster.storage.location import open_folder
from cluster.tables import format1
from cluster.tables.existing import check_table
from cluster.tables.parts import part_entries, read_part, row_groups_of, stored_schema
from cluster.tables.paths import SHARD_PREFIX, SUBJECTS, sibling
from cluster.tables.rejects import read_rejects
from cluster.tables.run_record import RunCounts, read_record
from cluster.tables.table import Table, open_table


@dataclass(frozen=True, kw_only=True)
class ConvertOptions:
    """Options of `convert`."""

    table: str
    """Features or predictions that avemo 0.1.0 wrote, finished or not; it is only read."""
    out: str
    """The new table, a folder; a run on one that exists goes on with it."""


@dataclass(frozen=True, kw_only=True)
class Converted:
    """What a conversion came to."""

    rows: int
    parts: int
    rejects: int
    out: str

    def line(self) -> str:
        """The summary as a user reads it."""
        return f"done: {self.rows:,} rows in {self.parts:,} parts, {self.rejects:,} rejects; table in {self.out}"


def convert(options: ConvertOptions) -> Converted:
    """Write the new table: every part of the old one, its rejects, its subjects' statistics and its record.

    Raises:
        ConfigError: there is no table of format 1, or the output is another table.
        TableError: a part of the old table is damaged.
        TableLocked: another run writes the output.
    """
    source, out = resolve(options.table).rstrip("/"), resolve(options.out).rstrip("/")
    shards = [name for name in open_folder(source).subfolders() if name.startswith(SHARD_PREFIX)]
    pairs = [(f"{source}/{name}", f"{out}/{name}") for name in shards] or [(source, out)]
    _check(source, out, pairs)
    results = [_convert(old, new) for old, new in pairs]
    return Converted(
        rows=sum(one.rows for one in results),
        parts=sum(one.parts for one in results),
        rejects=sum(one.rejects for one in results),
        out=out,
    )


def _check(source: str, out: str, pairs: list[tuple[str, str]]) -> None:
    if source == out:
        raise ConfigError(f"--out {out}: the table itself; name another folder")
    for old, _ in pairs:
        if not format1.is_format_1(open_folder(old)):
            raise ConfigError(
                f"--table {old}: expected a table that avemo 0.1.0 wrote, found no {format1.RECORD}; others need no conversion"
            )


def _convert(source: str, out: str) -> Converted:
    record, folder = read_record(source), open_folder(source)
    assert record is not None, f"{source} was checked to have one"  # noqa: S101 - an invariant
    entries = part_entries(folder)
    if not entries:
        raise ConfigError(f"--table {source}: no rows are published there; start the job again with a new --out")
    schema = format1.upgraded(stored_schema(source).empty_table()).schema
    about = {**record.about, "converted": {"from": folder.uri, "runs": list(record.runs)}}
    check_table(out, schema, record.fingerprint)
    with open_table(out, schema, record.fingerprint, about=about) as table:
        rows = _copy_parts(folder, entries, table)
        rejects = read_rejects(source)
        table.adopt_rejects(rejects)
        _copy_subjects(folder, out)
        table.close(RunCounts(done=len(table.done()), rows=rows), "done")
    return Converted(rows=rows, parts=len(entries), rejects=rejects.num_rows, out=out)


def _copy_parts(folder: Folder, entries: list[Entry], table: Table) -> int:
    """Publish every part that the new table has not; how many rows the old one has."""
    done, rows = table.done(), 0
    for entry in entries:
        sources = pc.unique(read_part(folder, entry, ["source_id"]).column("source_id")).to_pylist()
        tables = _upgraded_groups(folder, entry)
        if set(sources) <= done:
            rows += sum(group.num_rows for group in tables)
        elif len(sources) == 1:
            staged = table.staging.write_stream(sources[0], tables)
            table.publish(staged)
            rows += staged.rows
        else:
            staged = table.staging.write(pa.concat_tables(tables))
            table.publish(staged)
            rows += staged.rows
    return rows


def _upgraded_groups(folder: Folder, entry: Entry) -> Iterator[pa.Table]:
    return map(format1.upgraded, row_groups_of(folder, entry))


def _copy_subjects(folder: Folder, out: str) -> None:
    """Statistics once written stay: clips scored after the conversion are normalised as those before."""
    statistics: Any = folder.read(format1.SUBJECTS)
    if statistics is not None:
        open_folder(sibling(out)).write(SUBJECTS, statistics)
