"""A table open for writing: locked, swept, and published part by part; cluster.tables.staging draws what a kill leaves when."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from avemo_core.errors import TableError
from avemo_core.runtime.public import public
from cluster.storage.folder import Folder
from cluster.storage.location import open_folder
from cluster.storage.lock import Lock, LockOptions, LockTimes
from cluster.tables import rejects, run_record, staging
from cluster.tables.existing import check_table
from cluster.tables.parquet import encode, part_name
from cluster.tables.parts import part_entries, published_ids
from cluster.tables.paths import RECORD, sibling
from cluster.tables.rejects import Rejected, RejectList
from cluster.tables.run_log import RunLog, run_log
from cluster.tables.run_record import RunCounts, RunRecord
from cluster.tables.staging import Staged, Staging


class Table:
    """A table whose lock this process holds; made by `open_table`.

    Attributes:
        uri: where it lies, without credentials.
        staging: what a worker needs to write rows for it.
        log: of this run.
    """

    def __init__(self, location: str, schema: pa.Schema, lock: Lock, record: RunRecord, log: RunLog) -> None:
        self._parts, self._beside = open_folder(location), open_folder(sibling(location))
        self._schema, self._lock, self._record = schema, lock, record
        self._rejects = RejectList(location)
        self.uri = self._parts.uri
        self.staging = Staging(location, schema)
        self.log = log

    def done(self) -> set[str]:
        """The sources that have rows, read from the published parts: a run goes on by what is there, not by what was noted."""
        return published_ids(self._parts)

    def rejected(self) -> set[str]:
        """The sources that have a reject."""
        return self._rejects.source_ids()

    def publish(self, staged: Staged) -> None:
        """Make a staged file visible, at once and whole: the commit.

        Raises:
            TableLocked: the lock is no longer ours.
            TableError: the storage refused, or the staged file is not there.
        """
        self._move(staged, self._parts)

    def publish_rejects(self, rejected: Sequence[Rejected]) -> None:
        """Make rejects visible, as one part of the reject list."""
        if rejected:
            self._move(self._rejects.stage(rejected), self._beside)

    def adopt_rejects(self, rows: pa.Table) -> None:
        """Keep rejects of another table as they are."""
        self._lock.check()
        if rows.num_rows:
            self._rejects.adopt(rows)

    def drop_outdated_rejects(self, done: AbstractSet[str]) -> None:
        """Drop rejects whose source has rows by now, and those a later reject replaces."""
        self._lock.check()
        self._rejects.drop_outdated(done)

    def replace(self, part: str, staged: Staged | None) -> None:
        """Put a staged file in the place of a published part, at once and whole; None: the part goes.

        The part keeps its name, whatever sources it has then: a reader sees the old rows or the new, never both.
        """
        if staged is not None:
            self._move(replace(staged, part=part), self._parts)
            return
        self._lock.check()
        self._parts.delete(part)
        self.log.note("removed", part=part)

    def drop_rejects(self, source_ids: AbstractSet[str]) -> None:
        """Drop the rejects of sources that are to be tried again, or are clips no more."""
        self._lock.check()
        self._rejects.drop(source_ids)

    def keep(self, name: str, content: bytes | None) -> None:
        """Write a file beside the parts; None: delete it."""
        self._lock.check()
        if content is None:
            self._beside.delete(name)
        else:
            self._beside.write(name, content)

    def note(self, name: str, facts: Mapping[str, Any]) -> None:
        """Add to what `run.json` says about the table, and to the log of this run; it is written when the run ends.

        Args:
            name: of the entry; one of an earlier run is replaced.
            facts: JSON values.
        """
        self._record = replace(self._record, about={**self._record.about, name: dict(facts)})
        self.log.note(name, **facts)

    def close(self, counts: RunCounts, outcome: str) -> None:
        """End the run: a table without rows gets its empty parts, `run.json` the counts.

        Args:
            counts: what this run did.
            outcome: done or interrupted.
        """
        self._lock.check()
        _sweep(self._parts, self._beside)
        if outcome == "done":
            self._leave_a_part()
        self._end(outcome, **asdict(counts))

    def fail(self, error: BaseException) -> None:
        """Note why the run ends early, as far as lock and storage let it; what is published stays."""
        with suppress(TableError):
            self._lock.check()
            self._end("failed", error=public(f"{type(error).__name__}: {error}"))

    def _move(self, staged: Staged, into: Folder) -> None:
        # A lock lost in between: its new owner sweeps staging, then reads what is done; so the move came before, or finds nothing.
        self._lock.check()
        self._beside.move(staged.name, staged.part, into)
        self.log.note("published", part=staged.part, sources=len(staged.source_ids), rows=staged.rows, bytes=staged.size_bytes)

    def _end(self, outcome: str, **facts: Any) -> None:  # noqa: ANN401 - JSON values
        self.log.note("ended", outcome=outcome, **facts)
        runs = (*self._record.runs[:-1], {**self._record.runs[-1], "ended": _now(), "outcome": outcome, **facts})
        self._beside.write(RECORD, replace(self._record, runs=runs, totals=self._totals()).encode())

    def _leave_a_part(self) -> None:
        if not part_entries(self._parts):
            self._parts.write(part_name(()), encode(self._schema.empty_table()))
        self._rejects.close()

    def _totals(self) -> dict[str, Any]:
        parts = part_entries(self._parts)
        return {
            "parts": len(parts),
            "bytes": sum(part.size_bytes for part in parts),
            "rejects": self._rejects.counts(),
        }


@contextmanager
def open_table(
    location: str,
    schema: pa.Schema,
    fingerprint: Mapping[str, Any],
    *,
    about: Mapping[str, Any] | None = None,
    times: LockTimes | None = None,
    lock_options: LockOptions | None = None,
) -> Iterator[Table]:
    """Open a table for writing, and hold its lock until the block ends.

    Sweeps what a killed run left in staging, and drops rejects whose source has rows.

    Args:
        location: a local folder, s3:// or another URL; made if it is not there.
        schema: of the rows.
        fingerprint: everything that changes the values, as JSON values.
        about: further facts for `run.json`.
        times: of the lock's protocol.
        lock_options: what the lock may do without.

    Raises:
        ConfigError: the table was made with another fingerprint or schema, or cannot be one; the place cannot be written.
        TableLocked: another run holds it.
    """
    check_table(location, schema, fingerprint)
    parts, beside = open_folder(location), open_folder(sibling(location))
    lock = Lock(beside, times, lock_options)
    lock.acquire()
    try:
        record = _begin(beside, check_table(location, schema, fingerprint), fingerprint, about, lock.about)
        _sweep(parts, beside)
        with run_log(beside, f"{_file_name(record.runs[-1]['started'])}-{os.getpid()}") as log:
            log.note("started", versions=dict(record.versions), fingerprint_sha256=run_record.fingerprint_sha256(fingerprint))
            table = Table(location, schema, lock, record, log)
            table.drop_outdated_rejects(table.done() if table.rejected() else frozenset())
            try:
                yield table
            except BaseException as error:
                table.fail(error)
                raise
    finally:
        lock.release()


def _begin(
    folder: Folder,
    record: RunRecord | None,
    fingerprint: Mapping[str, Any],
    about: Mapping[str, Any] | None,
    about_lock: Mapping[str, Any],
) -> RunRecord:
    record = record or RunRecord(fingerprint=fingerprint)
    run = {"started": _now(), "outcome": "running", "host": socket.gethostname(), "pid": os.getpid(), **about_lock}
    record = replace(record, about={**record.about, **(about or {})}, versions=run_record.versions(), runs=record.with_run(run))
    folder.write(RECORD, record.encode())
    return record


def _sweep(parts: Folder, beside: Folder) -> None:
    """Delete what killed runs left: staged files, and temporary names (two underscores in front) of files not yet renamed."""
    for folder, under in ((parts, ""), (beside, ""), (beside, rejects.FOLDER)):
        for entry in folder.entries(under):
            if entry.name.rsplit("/", 1)[-1].startswith("__"):
                folder.delete(entry.name)
    for entry in beside.entries(staging.FOLDER):
        beside.delete(entry.name)


def _file_name(time: str) -> str:
    return time.split("+", maxsplit=1)[0].replace(":", "")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
