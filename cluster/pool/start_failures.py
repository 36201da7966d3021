"""Workers that fail before they are ready: how long to wait before another is started, and when to give up.

a process that is killed, a store that does not answer    the machine's fault, and it may pass: a squeeze of memory
an error in the worker's own making                       the same everywhere, and it does not pass

    failed starts   1     2         3                 4
    pause           |-2 s-|---4 s---|-------8 s-------|--- at most 20 s ---

Where the fault may pass, the run ends after `patience_s` without a worker; where it does not, after three failed starts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from avemo_core.errors import ClusterError
from cluster.progress import duration

PATIENCE_S: Final = 180.0
"""So long no worker could start, and the run ends."""

_MAX_FAILURES: Final = 3
"""So many in a row with an error that does not pass, and the run ends: the fault is not one node's."""

_MAX_PAUSE_S: Final = 20.0


class StartFailures:
    """Failed starts, and workers that a squeeze of memory took, since a worker finished something last.

    Args:
        patience_s: how long starts may fail before the run ends, where the fault may pass.
        clock: seconds that only grow.
    """

    def __init__(self, patience_s: float = PATIENCE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience_s, self._clock = patience_s, clock
        self._count, self._first_s, self._next_s = 0, 0.0, float("-inf")

    @property
    def any(self) -> bool:
        """Whether the last start failed: then one worker at a time is tried."""
        return self._count > 0

    @property
    def paused(self) -> bool:
        """Whether it is too early for another start."""
        return self._clock() < self._next_s

    def on_report(self) -> None:
        """Note that a worker finished something: the fault has passed."""
        self._count, self._next_s = 0, float("-inf")

    def on_failed(self, error: str, *, may_pass: bool, none_ready: bool) -> None:
        """Note a failed start.

        Args:
            error: what the worker said, or what Ray says of its end.
            may_pass: whether the same start may succeed later.
            none_ready: whether the run has no other worker that is ready.

        Raises:
            ClusterError: there were too many.
        """
        now_s = self._clock()
        self._first_s = self._first_s if self._count else now_s
        self._count += 1
        self._next_s = now_s + min(2.0**self._count, _MAX_PAUSE_S)
        if none_ready and (now_s - self._first_s >= self._patience_s if may_pass else self._count >= _MAX_FAILURES):
            raise ClusterError(self._given_up(error, now_s - self._first_s))

    def _given_up(self, error: str, failing_s: float) -> str:
        return (
            f"no worker could start: {self._count} in a row failed, within {duration(failing_s)}; the last one said:\n"
            f"  {error}\n"
            "  What was finished is published; the same command goes on. Where memory is short, run fewer workers (--workers)."
        )
