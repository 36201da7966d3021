"""Lines that workers of Ray Train pin up and the driver reads out: their own output goes to logs nobody watches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import ray

_LOOK_S: Final = 1.0


class _LogRelay:
    """Holds lines until they are taken."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def send_line(self, line: str) -> None:
        self._lines.append(line)

    def take(self) -> list[str]:
        taken, self._lines = self._lines, []
        return taken


@contextmanager
def log_relay(say: Callable[[str], None]) -> Iterator[Any]:
    """A board whose lines are said by this process as they come, for as long as the block lasts; pin to it with `send_line`."""
    actor: Any = ray.remote(_LogRelay).options(num_cpus=0).remote()
    done = threading.Event()

    def read_out() -> None:
        while not done.wait(_LOOK_S):
            for line in ray.get(actor.take.remote()):
                say(line)

    reader = threading.Thread(target=read_out, name="read board", daemon=True)
    reader.start()
    try:
        yield actor
    finally:
        done.set()
        reader.join()
        for line in ray.get(actor.take.remote()):
            say(line)
        ray.kill(actor)


def send_line(actor: Any, line: str) -> None:  # noqa: ANN401 - Ray's actor handles have no type
    """Put up a line, and do not wait for it."""
    actor.pin.remote(line)
