"""Sentries that see whether anybody opened a file or called a port."""

import ctypes
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_IN_OPEN: Final = 0x20


@contextmanager
def opens_of(path: Path) -> Iterator[Callable[[], int]]:
    """Count how often a file is opened, by anyone, in whatever language: the kernel tells (inotify)."""
    libc = ctypes.CDLL(None, use_errno=True)
    notes = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if libc.inotify_add_watch(notes, os.fsencode(path), _IN_OPEN) < 0:
        raise OSError(ctypes.get_errno(), "inotify_add_watch")
    try:
        yield lambda: _notes(notes)
    finally:
        os.close(notes)


@contextmanager
def calls_on_loopback() -> Iterator[tuple[int, Callable[[], int]]]:
    """A port that listens, and how often it was called."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        yield server.getsockname()[1], lambda: _calls(server)


def _notes(descriptor: int) -> int:
    try:
        # A note about a watched file is 16 bytes long.
        return len(os.read(descriptor, 4096)) // 16
    except BlockingIOError:
        return 0


def _calls(server: socket.socket) -> int:
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1
