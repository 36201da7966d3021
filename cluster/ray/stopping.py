"""Stopping in order when a user or a scheduler sends SIGINT or SIGTERM."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_TERMINATED: Final = threading.Event()
"""Set by a SIGTERM; of the process, as signals are."""


def terminated() -> bool:
    """Whether SIGTERM came since the last `terminate_as_interrupt` began."""
    return _TERMINATED.is_set()


class StopRequest:
    """True once SIGINT or SIGTERM came; a second signal raises KeyboardInterrupt at once."""

    def __init__(self) -> None:
        self.came = False

    def __bool__(self) -> bool:
        return self.came

    def note(self, number: int, frame: FrameType | None) -> None:
        """The signal handler."""
        del frame
        if number == signal.SIGTERM:
            _TERMINATED.set()
        if self.came:
            raise KeyboardInterrupt
        self.came = True


@contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Turn SIGINT and SIGTERM into a request for the length of the block; outside the main thread, nothing is caught."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.signal(number, request.note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def terminate_as_interrupt() -> Iterator[None]:
    """Let SIGTERM do what SIGINT does, raise KeyboardInterrupt, for the length of the block; outside the main thread, nothing changes.

    Ray, once started, ends a process that is told to terminate with code 1 and no message.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _TERMINATED.clear()
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def exit_as_interrupt() -> Iterator[None]:
    """Raise KeyboardInterrupt where Ray, while it starts, ends a process that is told to terminate: by code 15, without a message."""
    try:
        yield
    except SystemExit as told:
        if told.code != signal.SIGTERM:
            raise
        raise KeyboardInterrupt from told


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    _TERMINATED.set()
    raise KeyboardInterrupt
