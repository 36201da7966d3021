"""The cluster's nodes as the driver sees them: for how many workers they have room, and what is waited for where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cluster.pool.actor_pool import ActorPool
from cluster.pool.preflight import Preflight
from cluster.ray.capacity import Needs, describe, living_nodes, room_for

_COUNT_S: Final = 5.0
"""Between two counts of the cluster's nodes."""

_WAITING_LINE_S: Final = 30.0
"""Between two lines that say what is waited for."""


class Nodes:
    """Counts nodes now and then.

    Args:
        needs: resources of one worker.
        workers: most workers; None: as many as there is room for.
        say: shows the user a line.

    Attributes:
        room: for how many workers there is room, at least one.
    """

    def __init__(self, needs: Needs, workers: int | None, say: Callable[[str], None]) -> None:
        self._needs, self._workers, self._say = needs, workers, say
        self._counted_s = self._line_s = float("-inf")
        self._last_ready_s = time.monotonic()
        self._refused = 0
        self.room = 1

    def count(self, pool: ActorPool, preflight: Preflight) -> None:
        """Count them anew, if the last count is some seconds old, or another one was refused since.

        Raises:
            ClusterError: none of them may work.
        """
        now_s = time.monotonic()
        if now_s - self._counted_s <= _COUNT_S and len(preflight.refused) == self._refused:
            return
        self._counted_s, self._refused = now_s, len(preflight.refused)
        nodes = living_nodes()
        preflight.check_left([node.id for node in nodes if room_for(self._needs, [node.resources])], {node.id: node.host for node in nodes})
        usable = [node.resources for node in nodes if node.id not in preflight.refused]
        # At least one: its actor stays pending, which lets an autoscaler see that a node is wanted.
        self.room = self._workers or max(1, room_for(self._needs, usable))
        self._say_what_is_waited_for(pool, usable, len(nodes) - len(usable))

    def _say_what_is_waited_for(self, pool: ActorPool, usable: Sequence[Mapping[str, float]], refused: int) -> None:
        now_s = time.monotonic()
        if any(worker.name for worker in pool.workers):
            self._last_ready_s = now_s
        if now_s - self._last_ready_s > _WAITING_LINE_S / 2 and now_s - self._line_s > _WAITING_LINE_S:
            self._line_s = now_s
            unused = f", and {refused} that {'is' if refused == 1 else 'are'} not used" if refused else ""
            self._say(f"waiting for a worker: each needs {self._needs}; the cluster has {describe(usable)}{unused}")
