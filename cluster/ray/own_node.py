"""A Ray on this machine alone, started by this process: its token, and what becomes of the run when its only node dies.

    main thread    session ---- work ----------------x interrupted ---- ends in order ---- ClusterError
    watch          every second: do they live? ------^ no
    node           raylet, gcs_server ----x

A scheduler or a service manager sends SIGTERM to all processes of a job at once, the node's among them. Then nothing died: the run was
asked to stop, and it is left the time to publish what it has.

No other node can ever come to such a Ray: without the watch, whoever waits for a worker waits for ever.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import psutil
import ray
from ray.exceptions import RayError

from avemo_core.errors import ClusterError
from cluster.ray.private import NODE_PROCESSES, forget_token
from cluster.ray.stopping import terminated

_WATCH_S: Final = 1.0
"""Between two looks at the node's processes."""

_PATIENCE_S: Final = 30.0
"""After so long a run that was interrupted, or asked to stop, and has not ended is interrupted again."""

_INTERRUPT: Final = signal.SIGUSR2
"""The watch's own signal to the main thread."""

_MODE, _TOKEN, _TOKEN_PATH = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"

_DIED: Final = (
    "Ray on this machine died: its node's process ended, most often because memory ran out. What was finished is published.\n"
    "  Start the same command again to go on. Where memory is short, run fewer workers (--workers) or fewer other programs."
)


@contextmanager
def token_in_memory() -> Iterator[None]:
    """Have Ray's processes share a token by their environment, for the length of the block.

    Without one Ray would write ~/.ray/auth_token and leave it there, and the next `ray start` of this user would ask for it.
    Where the user chose a token or a mode, or has such a file, Ray goes by that.
    """
    if any(name in os.environ for name in (_MODE, _TOKEN, _TOKEN_PATH)) or (Path.home() / ".ray" / "auth_token").exists():
        yield
        return
    # The mode is left to Ray, which goes by one that is set in time for its import alone.
    os.environ[_TOKEN] = secrets.token_hex(32)
    forget_token()
    try:
        yield
    finally:
        for name in (_MODE, _TOKEN):
            os.environ.pop(name, None)


def _node_processes() -> list[psutil.Process]:
    """Those of all nodes that this process started."""
    return [child for child in psutil.Process().children() if child.name() in NODE_PROCESSES]


def start(num_cpus: int | None, num_gpus: int | None) -> list[psutil.Process]:
    """Start Ray on this machine alone, and return the processes of its node; without them it is dead.

    Args:
        num_cpus: that it may use; None: the machine's.
        num_gpus: likewise.

    Raises:
        ClusterError: it did not start.
    """
    others = _node_processes()
    try:
        ray.init("local", num_cpus=num_cpus, num_gpus=num_gpus, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, RayError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ClusterError(
            f"Ray did not start on this machine ({reason})\n  Its logs: /tmp/ray/session_latest/logs, or under RAY_TMPDIR."
        ) from error
    return [process for process in _node_processes() if process not in others]


@contextmanager
def ends_with_its_node(processes: Collection[psutil.Process]) -> Iterator[None]:
    """Interrupt the block, as SIGINT does, when one of the node's processes ends.

    Raises:
        ClusterError: one ended, whatever else the block then raised or returned.
        KeyboardInterrupt: SIGTERM came, and then the block failed for want of Ray.
    """
    with _interruptible() as interrupt:  # until the watch has stopped: nobody else takes its signal, which would end the process
        watch = _Watch(processes, interrupt)
        watch.start()
        try:
            yield
        except BaseException as error:
            is_lost = watch.stop()
            if terminated() and (is_lost or isinstance(error, ClusterError | RayError)):  # the watch looks but once a second
                raise KeyboardInterrupt from error
            if is_lost:
                raise ClusterError(_DIED) from error
            raise
        if watch.stop() and not terminated():
            raise ClusterError(_DIED)


@contextmanager
def _interruptible() -> Iterator[signal.Signals]:
    """A signal that does what SIGINT does, or would do: what runs behind a shell or nohup ignores SIGINT itself."""
    if threading.current_thread() is not threading.main_thread():
        yield signal.SIGINT
        return
    before = signal.signal(_INTERRUPT, _interrupt)
    try:
        yield _INTERRUPT
    finally:
        signal.signal(_INTERRUPT, before)


def _interrupt(_: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, frame)
    else:
        raise KeyboardInterrupt


class _Watch(threading.Thread):
    """Looks at the processes until one of them is gone or the watch is stopped."""

    def __init__(self, processes: Collection[psutil.Process], interrupt: signal.Signals) -> None:
        super().__init__(name="Ray's node", daemon=True)
        self._interrupt = interrupt
        self._processes, self._stopped, self._lost = tuple(processes), threading.Event(), False

    def run(self) -> None:
        wait_s = _WATCH_S
        while not self._stopped.wait(wait_s):
            if not self._lost and all(map(_lives, self._processes)):
                continue
            is_first, self._lost, wait_s = not self._lost, True, _PATIENCE_S
            if not (is_first and terminated()):
                signal.pthread_kill(threading.main_thread().ident or 0, self._interrupt)

    def stop(self) -> bool:
        """End the watch, and say whether a process was gone."""
        self._stopped.set()
        self.join()
        return self._lost


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE  # a dead child stays a zombie until it is waited for
    except psutil.NoSuchProcess:
        return False
