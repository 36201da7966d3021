"""A file on a local disk for what is larger than memory; nothing of it is mapped, and what is read goes with whoever asked for it.

    kept        clip 0            clip 1
    file        |audio|shape|..|  |audio|shape|..|  ...      one array behind the other

The file has no name: whatever ends the process, its room on the disk is free again.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from avemo_core.errors import AvemoError, ConfigError
from avemo_core.runtime.stored import Place, Stored, as_bytes, changed, rebuilt, storable_fields

Keep = Callable[[Any], Any]
"""Keeps a dataclass somewhere, and gives back one that equals it."""

Storage = Callable[[], AbstractContextManager[Keep]]
"""Opens a place where dataclasses are kept until it is left."""

_ON_DISKS: Final = Path("/var/tmp")  # noqa: S108 - files without a name
"""For temporary files that may be large (FHS 3.0, section 5.15, and systemd's file-hierarchy(7)): /tmp lies in memory on many systems."""

_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs", "devtmpfs"})
"""File systems whose files take up memory."""


class Scratch:
    """A file without a name, whose room on the disk is free again when the last value that it gave is gone, or the process.

    Args:
        folder: on a disk with room for all that is kept; None: `scratch_folder()`.

    Raises:
        ConfigError: no folder is given, and none lies on a disk.
        AvemoError: the folder cannot be written.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = scratch_folder() if folder is None else folder
        self.size_bytes = 0
        try:
            self._file = tempfile.TemporaryFile(buffering=0, dir=self._folder)  # noqa: SIM115 - its end is that of what it holds
        except OSError as error:
            raise self._refused(error) from error

    def keep(self, value: Any) -> Any:  # noqa: ANN401 - of any type, and gives the same
        """The same dataclass, whose storable fields lie on the disk and are read anew whenever they are asked for.

        Raises:
            AvemoError: the disk is full, or does not take what is written.
        """
        held = vars(value)
        stored = {name: held[name] for name in storable_fields(value) if held[name] is not None and not isinstance(held[name], Stored)}
        return changed(value, **{name: Stored(self._file, self._written(content)) for name, content in stored.items()})

    def _written(self, value: Any) -> Any:  # noqa: ANN401 - of any type, and gives the same
        if isinstance(value, np.ndarray):
            return self._write(np.ascontiguousarray(value))
        if isinstance(value, tuple):
            return rebuilt(value, map(self._written, value))
        if isinstance(value, Mapping):
            return {name: self._written(item) for name, item in value.items()}
        return value

    def _write(self, array: np.ndarray) -> Place:
        place, left = Place(self.size_bytes, array.dtype, array.shape), as_bytes(array)
        while left.nbytes:
            try:
                count = os.pwrite(self._file.fileno(), left, self.size_bytes)
            except OSError as error:
                raise self._refused(error) from error
            left, self.size_bytes = left[count:], self.size_bytes + count
        return place

    def _refused(self, error: OSError) -> AvemoError:
        return AvemoError(
            f"TMPDIR: {self._folder} does not take features, {self.size_bytes >> 20:,} MB so far: {error.strerror or error}\n"
            "  Set TMPDIR to a folder on a disk with room for what the features take in memory, and about half as much again."
        )


def scratch_folder() -> Path:
    """Where Python keeps temporary files; in place of one that nobody chose and that lies in memory, /var/tmp.

    Raises:
        ConfigError: both lie in memory, or the one that TMPDIR names.
    """
    folder = Path(tempfile.gettempdir())
    if not is_in_memory(folder):
        return folder
    chosen = [name for name in ("TMPDIR", "TEMP", "TMP") if os.environ.get(name)]
    if not chosen and _ON_DISKS.is_dir() and os.access(_ON_DISKS, os.W_OK) and not is_in_memory(_ON_DISKS):
        return _ON_DISKS
    raise ConfigError(
        f"TMPDIR: expected a folder on a disk, for features beyond --memory-gb, found {folder}, which lies in memory itself\n"
        "  Set TMPDIR to a folder on a disk, or keep the features in memory: --memory-gb with more than they take."
    )


def is_in_memory(folder: Path) -> bool:
    """Whether files in the folder take up memory and no disk, as far as Linux says; elsewhere nobody knows, and it is taken for a disk."""
    try:
        device = folder.stat().st_dev
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return False
    # 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue       proc(5): the third is the device, and the
    # one behind the dash the type
    numbers = f"{os.major(device)}:{os.minor(device)}"
    return any(numbers == line.split()[2] and line.partition(" - ")[2].split()[0] in _IN_MEMORY for line in mounts)


def as_it_is(value: Any) -> Any:  # noqa: ANN401 - of any type, and gives the same
    """A value that stays where it is."""
    return value


@contextmanager
def in_memory() -> Iterator[Keep]:
    """Dataclasses stay where they are."""
    yield as_it_is


@contextmanager
def on_disk() -> Iterator[Keep]:
    """What is storable of a dataclass lies in a scratch file of this process."""
    yield Scratch().keep
