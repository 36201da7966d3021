"""Arrays on a local disk, read as if they lay in memory: for what is larger than that.

A file is mapped segment by segment. What is read comes into memory a page at a time, and the watch sends it back when it is much:

    written     |a0|a1|..|a41|a42 .. |a43 ..          arrays one behind the other, none over a segment's end
    segments    |---- 64 MB ----|---- 64 MB ----|     a file and a mapping each; a larger array has one of its own
    in memory        ##   #           ###             no more than `RESIDENT_BYTES`, then none: the next read brings its pages back

The files have no name: whatever ends the process, their room on the disk is free again.
"""

import mmap
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from avemo_core.errors import AvemoError

SEGMENT_BYTES: Final = 64 << 20
"""Of a segment, and later ones are larger: a process may have a thousand files open, and each segment is one."""

RESIDENT_BYTES: Final = 256 << 20
"""Of pages in memory, of all scratches of the process, beyond which a watch sends them back: they stay in the system's cache of files
as long as that has room."""
WATCH_S: Final = 0.01
_ALIGNMENT: Final = 64
"""Bytes that every array's start is a multiple of, as numpy's own memory is."""


Keep = Callable[[Any], Any]
"""Keeps a value somewhere, and gives back one that equals it."""

Storage = Callable[[], AbstractContextManager[Keep]]
"""Opens a place where values are kept until it is left."""


_GROWTH: Final = 16
"""A segment takes at least the 16th part of all before it."""

_OPEN: "list[Scratch]" = []
"""Those of this process: its memory tells their pages together, so that a watch sends all of them back, not its own alone."""


class Scratch:
    """Mapped files, whose room on the disk is free again when the last array that it gave is gone, or the process.

    Args:
        parent: on a disk with room for all that is kept; None: where Python keeps its temporary files (TMPDIR).
    """

    def __init__(self, parent: Path | None = None) -> None:
        self._parent = parent
        self._segments: list[mmap.mmap] = []
        self._used = 0
        self._written = 0
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._keep_watch, name="scratch", daemon=True)

    def __enter__(self) -> "Scratch":  # noqa: PYI034 - beartype decorates methods, and there knows no Self
        """Start the watch."""
        _OPEN.append(self)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the watch; files and mappings go with the last array that reads them."""
        self._ended.set()
        self._watch.join()
        _OPEN.remove(self)
        self._segments.clear()

    @property
    def size_bytes(self) -> int:
        """Of the files."""
        return sum(len(segment) for segment in self._segments)

    def keep(self, array: np.ndarray) -> np.ndarray:
        """The same values, read-only, on the disk.

        Raises:
            AvemoError: the disk is full, or its folder cannot be written.
        """
        if array.nbytes == 0:
            return array
        segment, start = self._room_for(array.nbytes)
        stored = np.frombuffer(segment, array.dtype, array.size, start).reshape(array.shape)
        stored[...] = array
        stored.flags.writeable = False
        self._written += array.nbytes
        if self._written > RESIDENT_BYTES // 4:  # on a busy machine the watch comes late, and much is written before it
            self._written = 0
            self.send_back()
        return stored

    def keep_all(self, value: Any) -> Any:  # noqa: ANN401 - of any type, and gives the same
        """The same value, a dataclass, tuple or mapping of whatever depth, each of its arrays on the disk."""
        if isinstance(value, np.ndarray):
            return self.keep(value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{field.name: self.keep_all(getattr(value, field.name)) for field in fields(value)})
        if isinstance(value, tuple):
            items = [self.keep_all(item) for item in value]
            return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        if isinstance(value, Mapping):
            return {name: self.keep_all(item) for name, item in value.items()}
        return value

    def _room_for(self, size: int) -> tuple[mmap.mmap, int]:
        start = -(-self._used // _ALIGNMENT) * _ALIGNMENT
        if not self._segments or start + size > len(self._segments[-1]):
            self._segments.append(self._segment(max(SEGMENT_BYTES, size, self.size_bytes // _GROWTH)))
            start = 0
        self._used = start + size
        return self._segments[-1], start

    def _segment(self, size: int) -> mmap.mmap:
        try:
            with tempfile.TemporaryFile(dir=self._parent) as file:
                os.posix_fallocate(file.fileno(), 0, size)  # a full disk is an error here, and a killed process at the first write else
                return mmap.mmap(file.fileno(), size)
        except OSError as error:
            folder = self._parent or tempfile.tempdir or "temporary files"
            raise AvemoError(
                f"scratch: no room for {(self.size_bytes + size) >> 20:,} MB in {folder}: {error.strerror or error}\n"
                "  Set TMPDIR to a folder on a disk with as much room as the table takes in memory."
            ) from error

    def _keep_watch(self) -> None:
        others = _resident_file_bytes()  # libraries are mapped files too, and are not ours to send back
        while not self._ended.wait(WATCH_S):
            if _resident_file_bytes() - others > RESIDENT_BYTES:
                for scratch in tuple(_OPEN):
                    scratch.send_back()
                others = _resident_file_bytes()

    def send_back(self) -> None:
        """Send the pages of all arrays to the disk: the next read of one brings its own back."""
        for segment in tuple(self._segments):
            segment.madvise(mmap.MADV_DONTNEED)


def _resident_file_bytes() -> int:
    """Of this process's memory, the pages that belong to mapped files."""
    return int(Path("/proc/self/statm").read_text().split()[2]) * mmap.PAGESIZE


def as_it_is(value: Any) -> Any:  # noqa: ANN401 - of any type, and gives the same
    """A value that stays where it is."""
    return value


@contextmanager
def in_memory() -> Iterator[Keep]:
    """Values stay where they are."""
    yield as_it_is


@contextmanager
def on_disk() -> Iterator[Keep]:
    """Arrays lie in scratch files, under TMPDIR."""
    with Scratch() as scratch:
        yield scratch.keep_all
