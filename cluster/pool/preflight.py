"""Which nodes may work: the first worker of each does one sample, and what it makes of it is held against the driver's own.

    a worker is ready on node A --> sample asked of it ---- fits ------> A is cleared: all workers there get chunks
    others of A wait                                   |
                                                       +--- differs ---> A is refused: its workers end, and no other is started there
    it dies, or memory is short --> the next worker of A is asked

Nothing of a node that is not cleared reaches the table. Nodes that come later are held to the same; a run that goes on asks anew.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from avemo_core.errors import ClusterError
from cluster.pool.actor_pool import ActorPool, CallResult
from cluster.pool.worker_handle import WorkerHandle
from cluster.ray.session import may_grow

_ANSWER_S: Final = 300.0
"""A sample takes about a second; a node whose worker has not done it after so long is refused."""

_SHOWN: Final = 3
"""So many refused nodes are named where no other is left."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What a worker's `sample` is held against."""

    expected: Callable[[], Any]
    """Computes the driver's own; called once, beside the workers' start."""
    differences: Callable[[Any, Any], Sequence[str]]
    """What is different in a worker's sample (first) from the driver's (second), in words; nothing: it fits."""


class Preflight:
    """Clears nodes for work, or refuses them.

    Args:
        check: what workers are held to; None: any node whose worker starts is cleared.
        say: shows the user a line.

    Attributes:
        refused: why a node is not used, by its id.
        has_cleared: whether there was a node that may work.
    """

    def __init__(self, check: Check | None, say: Callable[[str], None]) -> None:
        self._check, self._say = check, say
        self._cleared: set[str] = set()
        self._asked: dict[WorkerHandle, float] = {}
        self._expected: Future[Any] | None = None
        self.refused: dict[str, str] = {}

    @property
    def has_cleared(self) -> bool:
        """Whether a node may work, or might before it went."""
        return bool(self._cleared)

    def review(self, pool: ActorPool) -> None:
        """Clear workers whose node is cleared, end those of refused ones, ask the first of each other node.

        Raises:
            AvemoError: a worker's, where it is no matter of one node.
        """
        self._begin(pool)
        self._asked = {worker: since_s for worker, since_s in self._asked.items() if worker in pool.workers}
        for worker, since_s in list(self._asked.items()):
            if time.monotonic() - since_s > _ANSWER_S:
                self._refuse(worker, f"no sample within {_ANSWER_S:g} s", pool)
        for worker in list(pool.workers):
            if worker in pool.workers and worker.name and not worker.is_cleared:  # the one before may have ended all of its node
                self._review(worker, pool)

    def on_result(self, result: CallResult, pool: ActorPool) -> None:
        """Take a sample, or the error that came in its place.

        Raises:
            ConfigError: the driver's own sample cannot be made.
        """
        self._asked.pop(result.worker, None)
        assert self._check is not None and self._expected is not None  # noqa: S101, PT018 - a sample came, so one was asked for
        different = [result.error] if result.error else self._check.differences(result.sample, self._expected.result())
        if different:
            self._refuse(result.worker, "; ".join(different), pool)
        else:
            self._cleared.add(result.worker.node)

    def check_left(self, living: Collection[str], names: Mapping[str, str]) -> None:
        """End a run that no node may work for.

        Args:
            living: ids of the nodes with room for a worker.
            names: of nodes, by id.

        Raises:
            ClusterError: all of them are refused, and none was ever cleared.
        """
        if self._cleared or not living or not self.refused.keys() >= set(living):
            return
        shown = [f"  {names.get(node, node)}: {self.refused[node]}" for node in living][:_SHOWN]
        more = [f"  and {len(living) - _SHOWN} more"] if len(living) > _SHOWN else []
        raise ClusterError("\n".join([_NONE_LEFT, *shown, *more]))

    def _begin(self, pool: ActorPool) -> None:
        """Compute the driver's own sample while the first workers start; a run that finds nothing to do has none."""
        if self._expected is None and self._check is not None and pool.workers:
            thread = ThreadPoolExecutor(1, "preflight")
            self._expected = thread.submit(self._check.expected)
            thread.shutdown(wait=False)

    def _review(self, worker: WorkerHandle, pool: ActorPool) -> None:
        if worker.node in self.refused:
            pool.terminate(worker)
        elif worker.error is not None:
            if worker.node in self._cleared or not may_grow():  # no fault of the node's: another worker there, or the driver, would meet it
                raise worker.error
            self._refuse(worker, f"{type(worker.error).__name__}: {worker.error}", pool)
        elif worker.node in self._cleared or self._check is None:
            self._cleared.add(worker.node)
            worker.is_cleared = True
        elif all(asked.node != worker.node for asked in self._asked):
            self._asked[worker] = time.monotonic()
            pool.ask_sample(worker)

    def _refuse(self, worker: WorkerHandle, why: str, pool: ActorPool) -> None:
        self.refused[worker.node] = why
        pool.avoid(self.refused)
        self._say(f"node {worker.host} is not used: {why}")
        _LOG.warning("node %s (%s) is not used: %s", worker.host, worker.node, why)
        for other in [other for other in pool.workers if other.node == worker.node]:
            pool.terminate(other)


_NONE_LEFT: Final = (
    "no node computes what this machine does; none was used.\n  `python jobs/doctor.py`, here and there, says more. What they answered:"
)
