"""The pool of Ray actors that do the work: the driver spawns, calls and terminates them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import ray
from ray import ObjectRef
from ray.exceptions import OutOfMemoryError, RayError, RayTaskError

from avemo_core.errors import AvemoError, MediaError, StorageFailed
from cluster.pool.chunks import Chunk
from cluster.pool.start_failures import StartFailures
from cluster.pool.work import WorkerFactory, WorkerReport
from cluster.pool.worker_actor import WorkerActor
from cluster.pool.worker_handle import WorkerHandle
from cluster.ray.capacity import Needs
from cluster.tables.staging import Staging

Call = Literal["prepare", "sample", "work", "flush"]

_WORK, _FLUSH = "work", "flush"
_NODE_LABEL: Final = "ray.io/node-id"
"""Ray's own label of each node."""
_CONCURRENCY_GROUPS: Final = {_WORK: 1, _FLUSH: 1}
"""An actor's two threads: the worker runs in the first; a flush runs in the second, also while the first is busy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallResult:
    """The result of one call to an actor: a report, or why there is none."""

    worker: WorkerHandle
    call: Call
    report: WorkerReport | None = None
    sample: Any = None
    """What a worker made of the preflight's clip."""
    error: str = ""
    """Why there is no report, or no sample."""
    died: bool = False
    """Whether the actor is gone."""


class ActorPool:
    """All workers of a run, and their calls that have not returned.

    Args:
        factory: makes an actor's worker.
        staging: where actors put finished rows.
        needs: resources of one actor.
        failures: decides about actors that do not become ready.
    """

    def __init__(self, factory: WorkerFactory, staging: Staging, needs: Needs, failures: StartFailures) -> None:
        # No restarts and retries by Ray: the driver itself spawns another actor, and decides what becomes of the lost one's clips.
        remote: Any = ray.remote
        self._actor_class = remote(
            num_cpus=needs.cpus, num_gpus=needs.gpus, max_restarts=0, max_task_retries=0, concurrency_groups=_CONCURRENCY_GROUPS
        )(WorkerActor)
        self._arguments = (factory, staging)
        self._calls: dict[ObjectRef[Any], tuple[WorkerHandle, Call]] = {}
        self._options: dict[str, Any] = {}
        self._failures = failures
        self.workers: list[WorkerHandle] = []

    def scale_to(self, count: int) -> None:
        """Have at least so many workers; new ones may stay pending until the cluster has room.

        After a failed start one is tried at a time, each after a pause: all at once would take the memory that one lacked.
        """
        while len(self.workers) < count and self._may_spawn():
            self._spawn()

    def send(self, worker: WorkerHandle, chunk: Chunk) -> None:
        """Send a chunk to a worker."""
        worker.on_sent(chunk)
        self._call(worker, "work", chunk.items)

    def ask_sample(self, worker: WorkerHandle) -> None:
        """Ask a worker for its sample."""
        self._call(worker, "sample")

    def avoid(self, nodes: Collection[str]) -> None:
        """Start no more workers on these nodes, by their ids."""
        self._options = {"label_selector": {_NODE_LABEL: f"!in({','.join(sorted(nodes))})"}}

    def flush(self, worker: WorkerHandle) -> None:
        """Ask a worker to put its finished rows into staging, unless it was asked and has not answered."""
        if not worker.flushing:
            worker.flushing, worker.flushed_s = True, time.monotonic()
            self._call(worker, "flush")

    def terminate(self, worker: WorkerHandle) -> None:
        """End a worker's actor. Results of its calls are dropped from now on: what it staged and did not report is swept later."""
        self.workers.remove(worker)
        self._calls = {ref: call for ref, call in self._calls.items() if call[0] is not worker}
        ray.kill(worker.actor, no_restart=True)

    def terminate_all(self) -> None:
        """End all actors."""
        for worker in list(self.workers):
            self.terminate(worker)

    def results(self, timeout_s: float) -> Iterator[CallResult]:
        """The results of calls that returned, those of living actors first; waits up to so long for one.

        The order matters where an actor died: what its last calls reported comes before its loss, and is not done again.

        Raises:
            AvemoError: a worker's error that must stop the job, e.g. a storage that refuses.
        """
        in_flight = list(self._calls)
        if not in_flight:
            time.sleep(timeout_s)
            return
        ray.wait(in_flight, num_returns=1, timeout=timeout_s)
        ready, _ = ray.wait(in_flight, num_returns=len(in_flight), timeout=0)
        results = [self._result(ref) for ref in ready]
        for result in sorted(results, key=lambda one: one.died):
            if result.worker in self.workers:  # else the driver terminated it over a result before this one
                yield result

    def _may_spawn(self) -> bool:
        return not self._failures.any or not (self._failures.paused or any(not worker.name for worker in self.workers))

    def _spawn(self) -> None:
        worker = WorkerHandle(self._actor_class.options(**self._options).remote(*self._arguments))
        self.workers.append(worker)
        self._call(worker, "prepare")

    def _call(self, worker: WorkerHandle, call: Call, *arguments: object) -> None:
        method = getattr(worker.actor, call)
        group = _FLUSH if call == "flush" else _WORK
        self._calls[method.options(concurrency_group=group).remote(*arguments)] = (worker, call)

    def _result(self, ref: ObjectRef[Any]) -> CallResult:
        worker, call = self._calls.pop(ref)
        if call == "flush":
            worker.flushing = False
        try:
            value = ray.get(ref)
        except RayTaskError as error:
            if call != "sample" and isinstance(error.cause, AvemoError) and not isinstance(error.cause, MediaError | StorageFailed):
                raise error.cause from error
            may_pass = isinstance(error.cause, StorageFailed | MemoryError)
            return self._failed(worker, call, f"{type(error.cause).__name__}: {error.cause}", died=False, may_pass=may_pass)
        except RayError as error:
            reason = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
            return self._failed(worker, call, reason, died=True, may_pass=True, squeezed=isinstance(error, OutOfMemoryError))
        if call == "prepare":
            worker.on_prepared(value)
            return CallResult(worker=worker, call=call)
        if call == "sample":
            return CallResult(worker=worker, call=call, sample=value)
        self._failures.on_report()  # not before: a squeeze may take a worker as soon as it is ready
        return CallResult(worker=worker, call=call, report=value)

    def _failed(self, worker: WorkerHandle, call: Call, error: str, *, died: bool, may_pass: bool, squeezed: bool = False) -> CallResult:
        if call == "prepare" or squeezed or (call == "sample" and may_pass):
            none_ready = not any(other.name for other in self.workers if other is not worker)
            self._failures.on_failed(error, may_pass=may_pass, none_ready=none_ready)
        return CallResult(worker=worker, call=call, error=error, died=died or call == "prepare" or (call == "sample" and may_pass))
