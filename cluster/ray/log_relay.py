"""Log lines from workers of Ray Train to the driver's terminal: their own output goes to files that nobody watches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import ray

_POLL_S: Final = 1.0


class _LogRelay:
    """Holds lines until the driver takes them; a Ray actor without a CPU of its own."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def send_line(self, line: str) -> None:
        self._lines.append(line)

    def take(self) -> list[str]:
        taken, self._lines = self._lines, []
        return taken


@contextmanager
def log_relay(say: Callable[[str], None]) -> Iterator[Any]:
    """Print the lines that workers send, about as they come, for the length of the block.

    Args:
        say: called with each line, from a thread of this process.

    Yields:
        The relay, a Ray actor: workers send to it by `send_line`.
    """
    actor: Any = ray.remote(_LogRelay).options(num_cpus=0).remote()
    done = threading.Event()

    def say_taken() -> None:
        for line in ray.get(actor.take.remote()):
            say(line)

    def poll() -> None:
        while not done.wait(_POLL_S):
            say_taken()

    reader = threading.Thread(target=poll, name="log relay", daemon=True)
    reader.start()
    try:
        yield actor
    finally:
        done.set()
        reader.join()
        say_taken()
        ray.kill(actor)


def send_line(actor: Any, line: str) -> None:  # noqa: ANN401 - Ray's actor handles have no type
    """Send a line, and do not wait until it is printed."""
    actor.send_line.remote(line)
