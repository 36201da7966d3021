"""Run work over a pool of Ray actors and publish its rows: nothing lost, nothing twice.

Resume goes by the table, not by a list of work: before it starts, a run reads the source_id column of the published parts, and does
the items whose source_id is neither there nor among the rejects (with `retry_rejects`: not there).

    items        a  b  c  d  e  f
    published    a  b     d              a part is published whole, so a source is there with all its rows or not at all
    rejected           c
    this run                 e  f        with retry_rejects: c e f
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import length_hint
from typing import Final, Self

from avemo_core.errors import ConfigError
from cluster.pool.actor_pool import ActorPool
from cluster.pool.chunks import ChunkQueue, RetryPolicy
from cluster.pool.loop import DriverLoop, DriverOptions
from cluster.pool.preflight import Check
from cluster.pool.publisher import Publisher
from cluster.pool.start_failures import PATIENCE_S, StartFailures
from cluster.pool.work import Item, WorkerFactory, WorkerReport
from cluster.progress import Progress, duration, listed, reasons
from cluster.ray.capacity import Needs, check_room
from cluster.ray.stopping import stop_requests
from cluster.tables.run_record import RunCounts
from cluster.tables.table import Table

RETRY: Final = "--retry-rejects tries them again"


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolOptions:
    """How work is spread over workers, and when one of them is given up."""

    workers: int | None = None
    """Most workers; None: as many as the cluster has room for, growing and shrinking with it."""
    cpus_per_worker: float = 1.0
    gpus_per_worker: float = 0.0
    """A fraction lets several workers share a device."""
    chunk_clips: int = 16
    """Most clips sent to a worker at once."""
    deadline_s: float = 900.0
    """A worker that makes no progress for so long is terminated; seconds."""
    attempts: int = 3
    """Tries for a clip that kills its worker each time."""
    flush_s: float = 15.0
    """Finished rows are published after at most so long; seconds."""
    start_patience_s: float = PATIENCE_S
    """The run ends when no worker could start for so long; seconds."""
    retry_rejects: bool = False
    """Whether clips that were rejected by an earlier run are tried again."""
    files_together: bool = False
    """Whether clips of one file that follow each other stay with one worker, which then opens it once."""
    check: Check | None = None
    """What the first worker of each node is held to before it gets work; None: nothing."""
    stage: str = "decode"
    """The stage that rejects made by the driver name."""

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        for name in ("workers", "chunk_clips", "attempts"):
            if (count := getattr(self, name)) is not None and count < 1:
                raise ConfigError(f"{name}: expected at least 1, found {count}")
        for name in ("cpus_per_worker", "deadline_s", "flush_s", "start_patience_s"):
            if (number := getattr(self, name)) <= 0:
                raise ConfigError(f"{name}: expected more than 0, found {number:g}")
        if self.gpus_per_worker < 0:
            raise ConfigError(f"gpus_per_worker: expected 0 or more, found {self.gpus_per_worker:g}")


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSummary:
    """What a run did, as the driver returns it to the command."""

    uri: str
    """Of the output table, without credentials."""
    done: int
    """Sources whose rows this run published."""
    rows: int
    rejected: Mapping[str, int]
    """Rejects of this run by reason."""
    skipped: int
    """Sources left out: they had rows or a reject from an earlier run."""
    seconds: float
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds in each stage, summed over workers."""
    faults: Mapping[str, int] = field(default_factory=dict)
    """Rows of this run by what was not right with them."""
    frames: int = 0
    """Of all workers; 0 where they do not count frames."""
    interrupted: bool = False
    """Whether it was asked to stop before the end."""
    standing_rejects: int = 0
    """Sources that an earlier run rejected, and this one did not try."""
    reject_share: float = 0.0
    """Rejects among all sources with rows or a reject, those of earlier runs too; from 0 to 1."""

    @property
    def clips_per_s(self) -> float:
        """Clips that got rows or a reject, per second of the run."""
        return (self.done + sum(self.rejected.values())) / max(self.seconds, 1e-9)

    @property
    def frames_per_s(self) -> float | None:
        """Frames per second of the run; None where workers do not count frames."""
        return self.frames / max(self.seconds, 1e-9) if self.frames else None

    def or_interrupt(self) -> Self:
        """The summary itself, if the run was not interrupted: for a step that must not build on a part of the clips.

        Raises:
            KeyboardInterrupt: the run was asked to stop.
        """
        if self.interrupted:
            raise KeyboardInterrupt
        return self

    def line(self) -> str:
        """The summary as a user reads it."""
        rate = f"{self.clips_per_s:.3g} clips/s" + (f", {self.frames_per_s:.3g} frames/s" if self.frames_per_s else "")
        outcome = "interrupted" if self.interrupted else "done"
        summary = (
            f"{outcome}: {self.done:,} done, {reasons(self.rejected)}, {self.skipped:,} skipped, "
            f"{duration(self.seconds)} ({rate}); output in {self.uri}"
        )
        standing = f"{self.standing_rejects:,} of an earlier run stay rejected; {RETRY}" if self.standing_rejects else ""
        return "\n".join(filter(None, (summary, standing, self._faulty_rows() if self.faults else "")))

    def _faulty_rows(self) -> str:
        """How many rows have which fault, and how to ask which ones they are."""
        parts = self.uri.replace("'", "''") + "/**/*.parquet"
        query = f"SELECT clip_id, fault, decoded_share FROM '{parts}' WHERE fault IS NOT NULL"  # noqa: S608 - printed, not run
        return f"{sum(self.faults.values()):,} of {self.rows:,} rows with a fault ({listed(self.faults)}); in DuckDB:\n  {query}"


def run(items: Iterable[Item], *, factory: WorkerFactory, table: Table, options: PoolOptions, progress: Progress) -> RunSummary:
    """Do every item for which the table has neither rows nor a reject, and publish the outcomes as they come.

    Needs a running Ray (cluster.ray.session.session). On SIGINT and SIGTERM it publishes what is finished, and returns.

    Args:
        items: read lazily, each source_id once.
        factory: makes the worker of each actor, inside its process.
        table: where rows and rejects go.
        options: how the work is spread.
        progress: where to show how far it is.

    Raises:
        TableLocked: another run took the table over.
        TableError: the storage refused for good.
        ConfigError: this machine alone has no room for a worker.
        ClusterError: workers cannot start, or no node may work.
    """
    started_s = time.monotonic()
    needs = Needs(cpus=options.cpus_per_worker, gpus=options.gpus_per_worker)
    check_room(needs)
    rejected, published = table.rejected(), table.done()
    resume = _Resume(published | (set() if options.retry_rejects else rejected))
    total = length_hint(items) or progress.total
    count = max(total - len(resume.known), 1) if total else None  # an estimate: the table may know sources that are no items now
    publisher = Publisher(table, rejected if options.retry_rejects else set())
    pool = ActorPool(factory, table.staging, needs, StartFailures(options.start_patience_s))
    driver_options = DriverOptions(
        workers=options.workers,
        needs=needs,
        check=options.check,
        deadline_s=options.deadline_s,
        flush_s=options.flush_s,
        retry_policy=RetryPolicy(attempts=options.attempts, stage=options.stage),
    )
    queue = ChunkQueue(resume.left_to_do(items), options.chunk_clips, count, files_together=options.files_together)
    loop = DriverLoop(queue, pool, publisher, driver_options, progress)
    progress.skipped(resume.skipped)
    outcome = "failed"
    try:
        with stop_requests() as stop:
            loop.run(stop)
        outcome = "interrupted" if stop else "done"
    finally:
        counts = _counts(publisher, resume.skipped, time.monotonic() - started_s, loop.reports())
        pool.terminate_all()
        publisher.close()
        progress.close()
        if outcome != "failed":
            table.close(counts, outcome)
    return _summary(table, counts, len(published), 0 if options.retry_rejects else len(rejected), interrupted=outcome == "interrupted")


class _Resume:
    """Leaves out the items that an earlier run finished, and counts them.

    Attributes:
        known: sources with an outcome, and those passed on so far: an id that comes twice is done once.
        skipped: items left out so far; they are read lazily.
    """

    def __init__(self, known: set[str]) -> None:
        self.known, self.skipped = known, 0

    def left_to_do(self, items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            if item.source_id in self.known:
                self.skipped += 1
            else:
                self.known.add(item.source_id)
                yield item


def _counts(publisher: Publisher, skipped: int, seconds: float, reports: Collection[WorkerReport]) -> RunCounts:
    stages: Counter[str] = Counter()
    for report in reports:
        stages.update(report.stage_seconds)
    frames = sum(report.frames for report in reports)
    return RunCounts(
        done=publisher.done,
        rows=publisher.rows,
        faults=dict(publisher.faults.most_common()),
        rejected=dict(publisher.rejected.most_common()),
        skipped=skipped,
        seconds=round(seconds, 3),
        stage_seconds={stage: round(spent, 3) for stage, spent in stages.items()},
        frames=frames,
        frames_per_s=round(frames / seconds, 3) if frames else None,
    )


def _summary(table: Table, counts: RunCounts, published_before: int, standing_rejects: int, *, interrupted: bool) -> RunSummary:
    """What a run did, on a table that had rows of so many sources before it, and so many rejects that it left alone."""
    rejects = len(table.rejected())
    return RunSummary(
        uri=table.uri,
        done=counts.done,
        rows=counts.rows,
        rejected=counts.rejected,
        faults=counts.faults,
        skipped=counts.skipped,
        seconds=counts.seconds,
        stage_seconds=counts.stage_seconds,
        frames=counts.frames,
        interrupted=interrupted,
        standing_rejects=standing_rejects,
        reject_share=rejects / max(1, rejects + published_before + counts.done),
    )
