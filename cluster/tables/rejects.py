"""The reject list beside a table: every clip that could not be used, as rows in `OUT.avemo/rejects/`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.runtime.public import public
from cluster.storage.folder import Entry, Folder
from cluster.storage.location import open_folder
from cluster.tables import format1
from cluster.tables.parquet import encode, part_name
from cluster.tables.parts import part_entries, read_part
from cluster.tables.paths import REJECT_PREFIX, shards, sibling
from cluster.tables.staging import Staged, Staging
from schemas.rejects import REJECTS, Reason

FOLDER: Final = "rejects"

_DETAIL_CHARACTERS: Final = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """One clip that could not be used."""

    source_id: str
    uri: str
    stage: str
    """What was being done: read, decode, faces, score, ..."""
    reason: Reason
    detail: str
    """What was found, in words."""
    clip_id: str | None = None
    """The segment it is about; None: the whole source."""
    attempts: int = 1
    worker: str = ""
    """Host and process of the worker that tried it last."""


class RejectList:
    """The rejects of one table; parts are written whole, and rewritten only to drop rows."""

    def __init__(self, location: str) -> None:
        self._location = location
        self._folder: Folder = open_folder(sibling(location))
        self._staging = Staging(location, REJECTS, f"{FOLDER}/{REJECT_PREFIX}")

    def counts(self) -> dict[str, int]:
        """How many rejects there are, by reason, most frequent first."""
        found = read_rejects(self._location).column("reason").value_counts().to_pylist()
        return dict(sorted(((row["values"], row["counts"]) for row in found), key=lambda pair: (-pair[1], pair[0])))

    def source_ids(self) -> set[str]:
        """The rejected sources."""
        return set(read_rejects(self._location).column("source_id").to_pylist())

    def stage(self, rejected: Sequence[Rejected]) -> Staged:
        """Write rejects to staging, ready to be published."""
        return self._staging.write(_rows(rejected, datetime.now(UTC)))

    def drop_outdated(self, done: AbstractSet[str]) -> None:
        """Drop rejects whose source has rows, and all but the latest of a source rejected again.

        Args:
            done: sources with rows.
        """
        parts = [(entry, read_part(self._folder, entry, schema=REJECTS)) for entry in part_entries(self._folder, FOLDER)]
        latest = _latest(table for _, table in parts)
        for entry, table in parts:
            self._keep(entry, table, [row for row, key in enumerate(_keys(table)) if key[0] not in done and latest.pop(key, False)])

    def drop(self, source_ids: AbstractSet[str]) -> None:
        """Drop the rejects of these sources."""
        if not source_ids:
            return
        for entry in part_entries(self._folder, FOLDER):
            table = read_part(self._folder, entry, schema=REJECTS)
            self._keep(entry, table, [row for row, (source_id, _) in enumerate(_keys(table)) if source_id not in source_ids])

    def adopt(self, rows: pa.Table) -> None:
        """Keep rejects as they are, e.g. those of a table that is converted; the same rows again replace themselves."""
        self._put(f"{FOLDER}/{part_name(rows.column('source_id').to_pylist(), REJECT_PREFIX)}", rows)

    def close(self) -> None:
        """Write a part without rows where there is no part, so that readers find the columns."""
        if not part_entries(self._folder, FOLDER):
            self._put(f"{FOLDER}/{part_name((), REJECT_PREFIX)}", REJECTS.empty_table())

    def _keep(self, entry: Entry, table: pa.Table, rows: list[int]) -> None:
        if len(rows) == table.num_rows:
            return
        if rows:
            self._put(entry.name, table.take(rows))
        else:
            self._folder.delete(entry.name)

    def _put(self, name: str, table: pa.Table) -> None:
        self._folder.write(name, encode(table.cast(REJECTS)))


def read_rejects(location: str) -> pa.Table:
    """All rejects of a table, of either format, with those of its shards."""
    found = [REJECTS.empty_table()]
    for folder, under in _places(location):
        found += [read_part(folder, entry, schema=REJECTS).cast(REJECTS) for entry in part_entries(folder, under)]
    return pa.concat_tables(found)


def _places(location: str) -> Iterator[tuple[Folder, str]]:
    """The folders that hold rejects, each with its subfolder."""
    for table in (location, *(f"{location.rstrip('/')}/{name}" for name in shards(location))):
        yield open_folder(sibling(table)), FOLDER
        yield open_folder(table), format1.REJECTS


def _rows(rejected: Sequence[Rejected], now: datetime) -> pa.Table:
    columns: dict[str, list[Any]] = {
        "clip_id": [_storable(one.clip_id or one.source_id) for one in rejected],
        "source_id": [_storable(one.source_id) for one in rejected],
        "uri": [_storable(public(one.uri)) for one in rejected],
        "stage": [one.stage for one in rejected],
        "reason": [str(one.reason) for one in rejected],
        "detail": [_storable(public(one.detail))[:_DETAIL_CHARACTERS] for one in rejected],
        "attempts": [one.attempts for one in rejected],
        "worker": [one.worker for one in rejected],
        "time": [now] * len(rejected),
    }
    return pa.table(columns, schema=REJECTS)


def _storable(text: str) -> str:
    """The text with bytes that are no UTF-8 as escapes: file names may have them, Parquet holds UTF-8 alone."""
    return text.encode("utf-8", "backslashreplace").decode()


def _keys(table: pa.Table) -> list[tuple[str, int]]:
    times = pc.cast(table.column("time"), pa.int64()).to_pylist()
    return list(zip(table.column("source_id").to_pylist(), times, strict=True))


def _latest(tables: Iterable[pa.Table]) -> dict[tuple[str, int], bool]:
    """(source, time) of every source's latest reject; the value is popped by the first row that has the key, so that one row stays."""
    times: dict[str, int] = {}
    for table in tables:
        for source_id, time in _keys(table):
            times[source_id] = max(time, times.get(source_id, time))
    return dict.fromkeys(times.items(), True)
