"""The driver's loop: which worker gets which chunk, what its reports lead to, and when it is terminated.

    _scale      as many workers as there is room and work for, on nodes that may work (see preflight)
    _dispatch   quarantined chunks to workers that hold nothing else, clean ones to all others
    _poll       results, deadlines, flushes that are due, publishing, progress

What becomes of a lost worker's outstanding items (see worker_handle), by where they are:

    finished, in its memory, of chunks that returned    clean, back to the queue
    the chunk at work                                   quarantined: the driver does not know how far in it the worker came
    the chunk that waited at the actor                  clean, back to the queue

A worker that is to go gets no more chunks and one flush, so that its finished rows are staged:

    failed chunk or missed deadline --> termination set, flush asked for --> its report, or _GRACE_S later --> lost, as above
                                             +--> cancelled, where a late worker's report shows progress
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from cluster.pool.actor_pool import ActorPool, CallResult
from cluster.pool.chunks import Chunk, ChunkQueue, Failure, RetryPolicy, split
from cluster.pool.nodes import Nodes
from cluster.pool.preflight import Check, Preflight
from cluster.pool.publisher import Publisher
from cluster.pool.work import Item, WorkerReport
from cluster.pool.worker_handle import WorkerHandle
from cluster.progress import Progress
from cluster.ray.capacity import Needs
from cluster.ray.stopping import StopRequest
from schemas.rejects import Reason

_GRACE_S: Final = 20.0
"""How long a worker that is to be terminated may take to put its finished rows into staging."""

_IDLE_S: Final = 30.0
"""A worker with nothing to do for so long is terminated, so that the cluster can shrink."""

_SHOWN_S: Final = 0.2
"""Between two updates of what the user sees."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverOptions:
    """When the driver scales, flushes, gives up a worker, and rejects."""

    workers: int | None
    """Most workers; None: as many as the cluster has room for."""
    needs: Needs
    check: Check | None = None
    """What each node's first worker is held to; None: nothing."""
    deadline_s: float
    """A worker that makes no progress for so long is terminated; seconds."""
    flush_s: float
    """Finished rows are staged and published after at most so long; seconds."""
    retry_policy: RetryPolicy


class DriverLoop:
    """Drives a pool through a queue until every item is published or rejected, or a stop is asked for."""

    def __init__(self, queue: ChunkQueue, pool: ActorPool, publisher: Publisher, options: DriverOptions, progress: Progress) -> None:
        self._queue, self._pool, self._publisher, self._options, self._progress = queue, pool, publisher, options, progress
        self._rejects_s = self._shown_s = float("-inf")  # when each was done last
        self._nodes = Nodes(options.needs, options.workers, progress.say)
        self._preflight = Preflight(options.check, progress.say)
        self._final_reports: list[WorkerReport] = []

    def run(self, stop: StopRequest) -> None:
        """Go on until all is done or a stop is asked for; in both cases, what is finished is published."""
        while not stop and (self._queue or any(worker.outstanding or worker.chunks for worker in self._pool.workers)):
            self._scale()
            self._dispatch()
            self._poll(0.5)
        self._flush_all()
        self._publisher.finish()
        self._shown_s = float("-inf")
        self._show_progress()

    def reports(self) -> list[WorkerReport]:
        """The last report of every worker there was; its times and frames count from the worker's start."""
        return self._final_reports + [worker.report for worker in self._pool.workers if worker.report]

    def _flush_all(self) -> None:
        for worker in self._pool.workers:
            if worker.name:
                self._pool.flush(worker)
        deadline_s = time.monotonic() + _GRACE_S
        while any(worker.flushing for worker in self._pool.workers) and time.monotonic() < deadline_s:
            self._poll(0.2)

    def _poll(self, timeout_s: float) -> None:
        for result in self._pool.results(timeout_s):
            self._on_result(result)
        self._preflight.review(self._pool)
        self._check_workers()
        self._publisher.collect()
        if time.monotonic() - self._rejects_s > self._options.flush_s:
            self._rejects_s = time.monotonic()
            self._publisher.write_rejects()
        self._show_progress()

    def _scale(self) -> None:
        self._nodes.count(self._pool, self._preflight)
        workers, chunks = len(self._pool.workers), self._queue.max_chunks
        if self._queue:
            self._pool.scale_to(self._nodes.room if chunks is None else min(self._nodes.room, workers + chunks))

    def _dispatch(self) -> None:
        kept_free = self._send_quarantined()
        # First a chunk for each, then a second: no worker waits while another has two.
        for depth in (0, 1):
            for worker in self._pool.workers:
                if (
                    worker is not kept_free
                    and worker.has_room
                    and len(worker.chunks) == depth
                    and (chunk := self._queue.next_clean(self._nodes.room, worker))
                ):
                    self._pool.send(worker, chunk)

    def _send_quarantined(self) -> WorkerHandle | None:
        """Send quarantined chunks to workers with nothing outstanding.

        Returns:
            Where more of them wait, the worker with the fewest chunks: it gets no clean ones, so that it becomes free of them.
        """
        ready = [worker for worker in self._pool.workers if worker.is_ready]
        for worker in ready:
            if self._queue.has_quarantined and worker.has_nothing_outstanding:
                self._pool.send(worker, self._queue.next_quarantined(worker))
        if not self._queue.has_quarantined:
            return None
        for worker in ready:
            if worker.is_idle and worker.outstanding:
                self._pool.flush(worker)
        return min(ready, key=lambda worker: len(worker.chunks), default=None)

    def _on_result(self, result: CallResult) -> None:
        worker = result.worker
        if result.report is not None:
            self._on_report(worker, result.report)
            self._cancel_termination(worker)
        if result.call == "prepare" and not result.died:
            self._publisher.note("worker_ready", worker=worker.name)
        if result.call == "sample" and not result.died:
            self._preflight.on_result(result, self._pool)
        elif result.died:
            self._on_worker_lost(worker, worker.termination or Failure(reason=Reason.WORKER_DIED, detail=result.error, worker=worker.name))
        elif result.call == "work":
            self._on_chunk_returned(worker, result)
        elif result.call == "flush" and (worker.termination is not None or result.report is None):
            # A flush that fails has dropped the finished rows it took: their clips are still outstanding, and are done again.
            self._on_worker_lost(worker, worker.termination or Failure(reason=Reason.FAILED, detail=result.error, worker=worker.name))

    def _on_report(self, worker: WorkerHandle, report: WorkerReport) -> None:
        worker.on_report(report)
        self._publisher.publish(report.staged)
        self._publisher.reject(replace(one, worker=one.worker or report.worker) for one in report.rejected)

    def _cancel_termination(self, worker: WorkerHandle) -> None:
        """Keep a worker that was to go for a missed deadline and made progress since; or it was this process that stood still."""
        late = worker.termination is not None and worker.termination.reason is Reason.DEADLINE
        if late and time.monotonic() - worker.progress_s < self._options.deadline_s:
            worker.termination = None

    def _on_chunk_returned(self, worker: WorkerHandle, result: CallResult) -> None:
        if worker.termination is not None:
            return
        if result.report is None:
            # The rows that it finished before the error are in its memory: it may stage them, then it goes.
            self._begin_termination(worker, Failure(reason=Reason.FAILED, detail=result.error, worker=worker.name))
            return
        chunk, missed = worker.on_chunk_returned(result.report.mentioned)
        self._requeue(chunk, missed, Failure(reason=Reason.FAILED, detail="the worker gave no outcome for it", worker=worker.name))

    def _check_workers(self) -> None:
        now_s = time.monotonic()
        for worker in list(self._pool.workers):
            if worker.termination is not None:
                if now_s - worker.flushed_s > _GRACE_S:
                    self._on_worker_lost(worker, worker.termination)
            elif worker.chunks and now_s - worker.progress_s > self._options.deadline_s:
                detail = f"no clip finished within {self._options.deadline_s:g} s"
                self._begin_termination(worker, Failure(reason=Reason.DEADLINE, detail=detail, worker=worker.name))
            elif self._flush_is_due(worker, now_s):
                self._pool.flush(worker)
            elif worker.has_nothing_outstanding and not self._queue and now_s - worker.flushed_s > _IDLE_S:
                self._terminate(worker)

    def _flush_is_due(self, worker: WorkerHandle, now_s: float) -> bool:
        wait_s = 0 if worker.is_idle and not self._queue else min(self._options.flush_s, self._options.deadline_s / 2)
        return bool(worker.outstanding) and not worker.flushing and now_s - worker.flushed_s > wait_s

    def _begin_termination(self, worker: WorkerHandle, failure: Failure) -> None:
        """Send a worker nothing more, and terminate it as soon as its finished rows are staged."""
        worker.termination = failure
        worker.flushing = False  # asks for a flush even where an earlier one has not returned: rows may have been finished since
        self._pool.flush(worker)

    def _on_worker_lost(self, worker: WorkerHandle, failure: Failure) -> None:
        """Terminate a worker and queue again what it leaves outstanding: the chunk at work quarantined, the rest clean."""
        self._terminate(worker)
        count = len(worker.outstanding)
        self._publisher.note("worker_lost", worker=worker.name, reason=str(failure.reason), detail=failure.detail, clips=count)
        _LOG.warning("worker %s: %s; %d clips go back", worker.name or "(not started)", failure.detail, count)
        at_work = worker.chunks.popleft() if worker.chunks else None
        if at_work is not None:
            left = [item for item in at_work.items if item.source_id in worker.outstanding]
            worker.acknowledge(item.source_id for item in left)
            self._requeue(at_work, left, failure)
        self._queue.requeue(clean=list(worker.outstanding.values()), lost=worker)

    def _terminate(self, worker: WorkerHandle) -> None:
        self._pool.terminate(worker)
        if worker.report is not None:
            self._final_reports.append(worker.report)

    def _requeue(self, chunk: Chunk, left: Collection[Item], failure: Failure) -> None:
        halves, rejected = split(chunk, list(left), failure, self._options.retry_policy)
        self._queue.requeue(quarantined=halves)
        self._publisher.reject(rejected)

    def _show_progress(self) -> None:
        if time.monotonic() - self._shown_s < _SHOWN_S:
            return
        self._shown_s = time.monotonic()
        finished = self._publisher.done + self._publisher.moving + sum(worker.finished_unstaged for worker in self._pool.workers)
        self._progress.update(finished, self._publisher.rejected.total())
