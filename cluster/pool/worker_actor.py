"""One worker's process: it works through chunks, holds the finished rows, and puts them into staging.

Two threads, as Ray's concurrency groups have it, and three lists between them under one lock:

    "work"    prepare, sample, work(chunk): outcomes --> _tables (finished rows), _rejected
                                                    |  a full part, or flush
    "flush"   flush()                               +--> written to staging --> _staged
    both      the report they return takes _staged and _rejected with it: nothing is reported twice

Rows in `_tables` are lost with the process, so the driver keeps their clips outstanding until a report has them staged. The lock is
held to swap lists, never while a file is written: a flush to a slow storage does not stop the work.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import ray

from avemo_core.errors import AvemoError, MediaError, StorageFailed
from cluster.pool.work import Item, Outcome, Prepared, RowStream, WorkerFactory, WorkerReport
from cluster.tables.rejects import Rejected
from cluster.tables.staging import PART_BYTES, Staged, Staging


class WorkerActor:
    """A Ray actor with a worker and the finished rows that wait to be staged.

    Args:
        factory: makes the worker.
        staging: where finished rows go.
        part_bytes: rows of more bytes than this, in memory, start the next part.
    """

    def __init__(self, factory: WorkerFactory, staging: Staging, part_bytes: int = PART_BYTES) -> None:
        self._factory, self._staging, self._part_bytes = factory, staging, part_bytes
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._lock = threading.Lock()
        self._tables: list[pa.Table] = []
        self._staged: list[Staged] = []
        self._rejected: list[Rejected] = []
        self._steps = 0

    def prepare(self) -> Prepared:
        """Make the worker, in the thread that will run it.

        Raises:
            StorageFailed: a storage did not answer; it may later.
        """
        error: AvemoError | None = None
        try:
            self._worker = self._factory()
        except StorageFailed:
            raise
        except AvemoError as caught:
            error = caught
        return Prepared(name=self._name, host=socket.gethostname(), node=_node(), error=error)

    def sample(self) -> Any:  # noqa: ANN401 - the worker's matter, and its check's
        """What the worker makes of the preflight's clip."""
        worker: Any = self._worker
        return worker.sample()

    def work(self, chunk: Sequence[Item]) -> WorkerReport:
        """Work through a chunk. Its rows may wait here until the next flush."""
        mentioned: set[str] = set()
        uris = {item.source_id: item.uri for item in chunk}
        for outcome in self._worker.rows(chunk):
            sources = self._take(outcome, uris)
            assert sources <= uris.keys() - mentioned, f"a second outcome, or one nobody asked for: {sources}"  # noqa: S101 - a worker's bug
            mentioned |= sources
        return self._report(frozenset(mentioned))

    def flush(self) -> WorkerReport:
        """Put all finished rows into staging, and report them.

        Where the storage refuses, the rows taken here are lost: the driver then ends this worker, and its clips are done again.
        """
        self._stage(self._clear())
        return self._report(frozenset())

    def _take(self, outcome: Outcome, uris: dict[str, str]) -> set[str]:
        self._steps += 1
        if isinstance(outcome, Rejected):
            with self._lock:
                self._rejected.append(outcome)
            return {outcome.source_id}
        if isinstance(outcome, RowStream):
            return self._take_stream(outcome, uris[outcome.source_id])
        self._add(outcome)
        return set(pc.unique(outcome.column("source_id")).to_pylist())

    def _add(self, table: pa.Table) -> None:
        with self._lock:
            full = sum(waiting.nbytes for waiting in self._tables) + table.nbytes > self._part_bytes
        if full:
            self._stage(self._clear())
        with self._lock:
            self._tables.append(table)

    def _take_stream(self, source: RowStream, uri: str) -> set[str]:
        """Let a source that fits into a part wait with the others; stream one that does not into a part of its own."""
        tables = self._counted(source.tables)
        held: list[pa.Table] = []
        try:
            for table in tables:
                held.append(table)
                if sum(one.nbytes for one in held) > self._part_bytes:
                    staged = self._staging.write_stream(source.source_id, _drained(held, tables))
                    with self._lock:
                        self._staged.append(staged)
                    return {source.source_id}
        except MediaError as error:
            self._reject(source.source_id, uri, error)
            return {source.source_id}
        if not any(table.num_rows for table in held):
            return set()
        self._add(pa.concat_tables(held))
        return {source.source_id}

    def _counted(self, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
        for table in tables:
            self._steps += 1
            yield table

    def _reject(self, source_id: str, uri: str, error: MediaError) -> None:
        rejected = Rejected(source_id=source_id, uri=uri, stage=error.stage, reason=error.reason, detail=error.detail)
        with self._lock:
            self._rejected.append(rejected)

    def _clear(self) -> list[pa.Table]:
        with self._lock:
            tables, self._tables = self._tables, []
        return tables

    def _stage(self, tables: list[pa.Table]) -> None:
        if tables:
            staged = self._staging.write(pa.concat_tables(tables))
            with self._lock:
                self._staged.append(staged)

    def _report(self, mentioned: frozenset[str]) -> WorkerReport:
        with self._lock:
            staged, self._staged = tuple(self._staged), []
            rejected, self._rejected = tuple(self._rejected), []
        counters: Any = self._worker
        return WorkerReport(
            worker=self._name,
            staged=staged,
            rejected=rejected,
            mentioned=mentioned,
            steps=self._steps,
            stage_seconds=dict(getattr(counters, "stage_seconds", {})),
            frames=int(getattr(counters, "frames", 0)),
        )


def _node() -> str:
    """The Ray node this process runs on; "" outside Ray, where asking Ray would start or join one by itself."""
    return str(ray.get_runtime_context().get_node_id()) if ray.is_initialized() else ""


def _drained(held: list[pa.Table], rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """All tables in order; each leaves the list, and so the memory, as it is passed on."""
    return chain((held.pop(0) for _ in range(len(held))), rest)
