"""Bring a table of format 1 into format 2: the same rows, rejects and settings, without extracting or scoring again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.errors import ConfigError, TableError, TableLocked
from cluster.ray.session import resolve
from cluster.storage.folder import Entry, Folder
from cluster.storage.location import open_folder, usable
from cluster.storage.lock import LockOptions
from cluster.storage.owner import read_owner, runs_here
from cluster.tables import format1
from cluster.tables.existing import check_table, holds_table
from cluster.tables.parts import part_entries, read_part, row_groups_of, stored_schema
from cluster.tables.paths import FEATURES, SUBJECTS, shards, sibling
from cluster.tables.rejects import read_rejects
from cluster.tables.run_record import CONVERTED, RunCounts, RunRecord, read_record
from cluster.tables.table import Table, open_table


@dataclass(frozen=True, kw_only=True)
class ConvertOptions:
    """Options of `convert`."""

    table: str
    """Features or predictions that avemo 0.1.0 wrote, finished or not; it is only read."""
    out: str
    """The new table, a folder; a run on one that exists goes on with it."""
    lock: LockOptions = field(default_factory=LockOptions)
    """What the lock of the output may do without."""


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
        TableLocked: another run writes the output, or the table.
    """
    source, out = resolve(options.table).rstrip("/"), resolve(options.out).rstrip("/")
    if source == out:
        raise ConfigError(f"--out {out}: the table itself; name another folder")
    try:
        pairs = _tables(source, out)
    except TableLocked:
        raise
    except TableError as error:
        raise ConfigError(f"--table {error}") from error
    with usable(out):
        _check_output(out, sharded=pairs[0].new.rpartition("/")[0] == out)
    schema = _schema(source, pairs)
    results = [_convert(pair, schema, options.lock) for pair in pairs]
    return Converted(
        rows=sum(one.rows for one in results),
        parts=sum(one.parts for one in results),
        rejects=sum(one.rejects for one in results),
        out=out,
    )


@dataclass(frozen=True, kw_only=True)
class _Pair:
    old: str
    new: str
    record: RunRecord


def _tables(source: str, out: str) -> list[_Pair]:
    """The table or its shards; and of predictions that were made from clips, the features too, which may be all there is."""
    below = f"{source}/{format1.FEATURES}"
    wanted = [(f"{source}/{name}", f"{out}/{name}") for name in shards(source)] or [(source, out)]
    if open_folder(below).read(format1.RECORD) is not None:
        own = [] if open_folder(source).read(format1.RECORD) is None else wanted
        wanted = [*own, (below, f"{sibling(out)}/{FEATURES}")]
    return [_Pair(old=old, new=new, record=_record(old)) for old, new in wanted]


def _record(table: str) -> RunRecord:
    folder = open_folder(table)
    record = read_record(table)
    if record is None or folder.read(format1.RECORD) is None:
        raise ConfigError(f"--table {table}: expected a table that avemo 0.1.0 wrote, found no {format1.RECORD}; others need no conversion")
    if (owner := read_owner(folder, format1.LOCK)) is not None and runs_here(owner):
        raise TableLocked(f"{folder.uri}: process {owner.pid} is writing it; let that finish, or stop it, and convert then")
    return record


def _check_output(out: str, *, sharded: bool) -> None:
    """Refuse an output whose readers would get rows twice: shards in a whole table, or a table around shards."""
    if sharded and holds_table(out):
        raise ConfigError(f"--out {out}: a whole table already, and --table is one of shards; name another folder")
    if not sharded and shards(out):
        raise ConfigError(f"--out {out}: it holds shards, and --table is a whole table; name another folder")


def _schema(source: str, pairs: Sequence[_Pair]) -> Mapping[str, pa.Schema]:
    """Of each pair's new table, by its old one; a shard whose clips are all rejects has the schema of another shard."""
    found = {
        pair.old: format1.upgraded(stored_schema(pair.old).empty_table()).schema for pair in pairs if part_entries(open_folder(pair.old))
    }
    of_rows = [schema for old, schema in found.items() if not old.endswith(f"/{format1.FEATURES}")]
    if not found or (not of_rows and len(found) < len(pairs)):
        raise ConfigError(f"--table {source}: no rows are published there; start the job again with a new --out")
    return {pair.old: found.get(pair.old) or of_rows[0] for pair in pairs}


def _convert(pair: _Pair, schemas: Mapping[str, pa.Schema], lock_options: LockOptions) -> Converted:
    schema, record, folder = schemas[pair.old], pair.record, open_folder(pair.old)
    about = {**record.about, CONVERTED: {"from": folder.uri, "runs": list(record.runs)}}
    check_table(pair.new, schema, record.fingerprint)
    with open_table(pair.new, schema, record.fingerprint, about=about, lock_options=lock_options) as table:
        # First: a run that goes on with a conversion cut short must find them, and not gather others.
        _copy_subjects(folder, pair.new)
        entries = part_entries(folder)
        done = table.done()
        rows = sum(_copy_part(folder, entry, table, done) for entry in entries)
        rejects = read_rejects(pair.old)
        table.adopt_rejects(rejects)
        table.close(RunCounts(done=len(done), rows=rows), "done")
    return Converted(rows=rows, parts=len(entries), rejects=rejects.num_rows, out=pair.new)


def _copy_part(folder: Folder, entry: Entry, table: Table, done: set[str]) -> int:
    """Publish the rows of the sources that the new table has not, and note them as done; how many rows the old part has."""
    column = read_part(folder, entry, ["source_id"]).column("source_id")
    sources = pc.unique(column).to_pylist()
    if wanted := sorted(set(sources) - done):
        tables = _rows_of(folder, entry, wanted)
        one_source = len(wanted) == 1
        staged = table.staging.write_stream(wanted[0], tables) if one_source else table.staging.write(pa.concat_tables(tables))
        table.publish(staged)
        done.update(wanted)
    return len(column)


def _rows_of(folder: Folder, entry: Entry, sources: Sequence[str]) -> Iterator[pa.Table]:
    wanted = pa.array(sources, pa.string())
    for group in row_groups_of(folder, entry):
        yield format1.upgraded(group.filter(pc.is_in(group.column("source_id"), value_set=wanted)))


def _copy_subjects(folder: Folder, out: str) -> None:
    """Statistics once written stay: clips scored after the conversion are normalised as those before."""
    statistics: Any = folder.read(format1.SUBJECTS)
    if statistics is not None:
        open_folder(sibling(out)).create(SUBJECTS, statistics)
