"""The driver's loop: who gets which chunk, what comes of it, and when a worker is terminated.

    _scale      as many workers as there is room and work for
    _dispatch   quarantined chunks to workers that hold nothing else, clean ones to all others
    _poll       results, deadlines, flushes that are due, publishing, progress

A worker is sent at most two chunks, and all it was sent stays outstanding until its rows are staged. When it is lost, the
chunk it was at is quarantined, and the rest goes back to the queue.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from cluster.pool.actor_pool import ActorPool, CallResult
from cluster.pool.chunks import Chunk, ChunkQueue, Failure, RetryPolicy, split
from cluster.pool.publisher import Publisher
from cluster.pool.work import Item, WorkerReport
from cluster.pool.worker_handle import WorkerHandle
from cluster.progress import Progress
from cluster.ray.capacity import Needs, describe, node_resources, room_for
from cluster.ray.stopping import StopRequest
from schemas.rejects import Reason

_LOOK_S: Final = 5.0
"""Between two looks at the size of the cluster."""

_WAITING_S: Final = 30.0
"""Between two lines that say what is waited for."""

_GRACE_S: Final = 20.0
"""How long a worker that is to go, or told to stop, may take to put its finished rows into staging."""

_IDLE_S: Final = 30.0
"""A worker that finds nothing to do for so long frees its place, so that the cluster can shrink."""

_SHOW_S: Final = 0.2
"""Between two updates of what the user sees."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverOptions:
    """What the driver goes by."""

    workers: int | None
    """Most workers; None: as many as the cluster has room for."""
    needs: Needs
    deadline_s: float
    """A worker that finishes no clip for so long is terminated."""
    flush_s: float
    """Finished rows are staged and published after at most so long."""
    retry_policy: RetryPolicy


class Loop:
    """Drives a pool through a queue until everything is published or rejected, or a stop is asked for."""

    def __init__(self, queue: ChunkQueue, pool: ActorPool, publisher: Publisher, options: DriverOptions, progress: Progress) -> None:
        self._queue, self._pool, self._publisher, self._options, self._progress = queue, pool, publisher, options, progress
        self._looked_s = self._rejects_s = self._said_s = self._shown_s = float("-inf")
        self._room = 1
        self._final_reports: list[WorkerReport] = []
        self._ready_s = time.monotonic()

    def run(self, stop: StopRequest) -> None:
        """Go on until all is done or a stop is asked for; what is finished by then is published."""
        while not stop and (self._queue or any(worker.outstanding or worker.chunks for worker in self._pool.workers)):
            self._scale()
            self._dispatch()
            self._poll(0.5)
        for worker in self._pool.workers:
            if worker.name:
                self._pool.flush(worker)
        deadline_s = time.monotonic() + _GRACE_S
        while any(worker.flushing for worker in self._pool.workers) and time.monotonic() < deadline_s:
            self._poll(0.2)
        self._publisher.finish()
        self._shown_s = float("-inf")
        self._show()

    def reports(self) -> list[WorkerReport]:
        """The last report of every worker there was: times and frames so far."""
        return self._final_reports + [worker.report for worker in self._pool.workers if worker.report]

    def _poll(self, timeout_s: float) -> None:
        for result in self._pool.results(timeout_s):
            self._on_result(result)
        self._check_workers()
        self._publisher.collect()
        if time.monotonic() - self._rejects_s > self._options.flush_s:
            self._rejects_s = time.monotonic()
            self._publisher.write_rejects()
        self._show()

    def _scale(self) -> None:
        now_s = time.monotonic()
        if now_s - self._looked_s > _LOOK_S:
            self._looked_s = now_s
            nodes = node_resources()
            self._room = self._options.workers or max(1, room_for(self._options.needs, nodes))
            self._say_what_is_waited_for(now_s, describe(nodes))
        workers, more = len(self._pool.workers), self._queue.max_chunks
        if self._queue:
            self._pool.scale_to(self._room if more is None else min(self._room, workers + more))

    def _say_what_is_waited_for(self, now_s: float, cluster: str) -> None:
        if any(worker.name for worker in self._pool.workers):
            self._ready_s = now_s
        if now_s - self._ready_s > _WAITING_S / 2 and now_s - self._said_s > _WAITING_S:
            self._said_s = now_s
            self._progress.say(f"waiting for a worker: each needs {self._options.needs}; the cluster has {cluster}")

    def _dispatch(self) -> None:
        kept_free = self._send_quarantined()
        # One chunk each, then the second: nobody waits while another has two.
        for depth in (0, 1):
            for worker in self._pool.workers:
                if (
                    worker is not kept_free
                    and worker.has_room
                    and len(worker.chunks) == depth
                    and (chunk := self._queue.next_clean(self._room))
                ):
                    self._pool.send(worker, chunk)

    def _send_quarantined(self) -> WorkerHandle | None:
        """Send quarantined chunks to workers that hold nobody else's rows; names the one that is to become such for the next."""
        ready = [worker for worker in self._pool.workers if worker.is_ready]
        for worker in ready:
            if self._queue.has_quarantined and worker.has_nothing_outstanding:
                self._pool.send(worker, self._queue.next_quarantined())
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
        if result.died:
            self._on_worker_lost(worker, worker.termination or Failure(reason=Reason.WORKER_DIED, detail=result.error, worker=worker.name))
        elif result.call == "work":
            self._on_chunk_returned(worker, result)
        elif result.call == "flush" and (worker.termination is not None or result.report is None):
            # A flush that fails has let go of the finished rows: they are done again elsewhere.
            self._on_worker_lost(worker, worker.termination or Failure(reason=Reason.FAILED, detail=result.error, worker=worker.name))

    def _on_report(self, worker: WorkerHandle, report: WorkerReport) -> None:
        worker.on_report(report)
        self._publisher.publish(report.staged)
        self._publisher.reject(replace(one, worker=one.worker or report.worker) for one in report.rejected)

    def _cancel_termination(self, worker: WorkerHandle) -> None:
        """Keep a worker that was to go for its slowness, if it went on meanwhile (or this process stood still)."""
        late = worker.termination is not None and worker.termination.reason is Reason.DEADLINE
        if late and time.monotonic() - worker.progress_s < self._options.deadline_s:
            worker.termination = None

    def _on_chunk_returned(self, worker: WorkerHandle, result: CallResult) -> None:
        if worker.termination is not None:
            return
        if result.report is None:
            # What it finished before the error still waits in it: it may stage that, then it goes.
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
        """Send a worker nothing more, and end it as soon as its finished rows are staged."""
        worker.termination = failure
        worker.flushing = False
        self._pool.flush(worker)

    def _on_worker_lost(self, worker: WorkerHandle, failure: Failure) -> None:
        """End a worker and do again what it leaves outstanding: the chunk it was at is quarantined, the rest is not."""
        self._terminate(worker)
        count = len(worker.outstanding)
        self._publisher.note("worker_lost", worker=worker.name, reason=str(failure.reason), detail=failure.detail, clips=count)
        _LOG.warning("worker %s: %s; %d clips go back", worker.name or "(not started)", failure.detail, count)
        at_work = worker.chunks.popleft() if worker.chunks else None
        if at_work is not None:
            left = [item for item in at_work.items if item.source_id in worker.outstanding]
            worker.acknowledge(item.source_id for item in left)
            self._requeue(at_work, left, failure)
        self._queue.requeue(clean=list(worker.outstanding.values()))

    def _terminate(self, worker: WorkerHandle) -> None:
        self._pool.terminate(worker)
        if worker.report is not None:
            self._final_reports.append(worker.report)

    def _requeue(self, chunk: Chunk, left: Collection[Item], failure: Failure) -> None:
        halves, rejected = split(chunk, list(left), failure, self._options.retry_policy)
        self._queue.requeue(quarantined=halves)
        self._publisher.reject(rejected)

    def _show(self) -> None:
        if time.monotonic() - self._shown_s < _SHOW_S:
            return
        self._shown_s = time.monotonic()
        in_hand = self._publisher.moving + sum(worker.finished_unstaged for worker in self._pool.workers)
        self._progress.update(self._publisher.done + in_hand, self._publisher.rejected.total())
