"""The bytes of a clip: one local file, whatever storage it came from, with its sha256.

Clips that are ranges of one file share its bytes: CurrentFile opens, copies and hashes a file once, and keeps it until another is
asked for.

    clips of           a.mp4  a.mp4  a.mp4  b.mp4  a.mp4
    copied and hashed  a                    b      a         one copy at a time, in a file that has no name on the disk
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import fsspec

from avemo_core.errors import MediaError
from avemo_core.runtime.lookalikes import about_lookalike
from avemo_core.runtime.public import public
from avemo_core.runtime.retries import tried_again
from avemo_core.runtime.store_errors import unreachable
from schemas.rejects import Reason

MAX_BYTES: Final = 64 * 2**30
"""Larger files are refused."""
_BLOCK_BYTES: Final = 2**20


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A clip's bytes, open for reading and seeking."""

    file: BinaryIO
    size_bytes: int
    sha256: str


@contextmanager
def opened(uri: str) -> Iterator[Source]:
    """Open a clip; what is not on a local disk is copied to a temporary file once.

    Args:
        uri: an absolute path, or a URL that fsspec opens.

    Raises:
        MediaError: `missing` when it is not there, may not be read, or is written to before the block ends; `too_large`; `forbidden`
            when it is no regular file.
    """
    with closing(CurrentFile()) as file, file.at(uri) as source:
        yield source


class CurrentFile:
    """The file of the clip at hand, kept open from one clip to the next while they are of the same file."""

    def __init__(self) -> None:
        self._uri = ""
        self._source: Source | None = None
        self._path: str | None = None
        self._state: tuple[int, ...] = ()

    @contextmanager
    def at(self, uri: str) -> Iterator[Source]:
        """The bytes of a clip's file, at their start; the file before it is let go of.

        A local file that is not what it was when it was hashed is opened anew; a copy stays as it was made.

        Raises:
            MediaError: as `opened`.
        """
        if self._source is None or uri != self._uri or not self._is_as_hashed():
            self.close()
            self._source = self._opened(uri)
        self._source.file.seek(0)
        yield self._source
        self._refuse_written()

    def close(self) -> None:
        """Let go of the file, if there is one; a copy is gone with it."""
        if self._source is not None:
            self._source.file.close()
            self._source = None

    def _opened(self, uri: str) -> Source:
        self._uri = uri
        try:
            system, path = fsspec.core.url_to_fs(uri)
            self._path = path if _is_local(system) else None
            if self._path is not None:
                return self._hashed(_local(path))
            return tried_again(f"read {public(uri)}", lambda: _copied(system, path))
        except unreachable(ValueError, ImportError) as error:
            is_gone = isinstance(error, FileNotFoundError) and self._path is not None
            alike = about_lookalike(self._path or "", os.path.exists) if is_gone else ""
            raise MediaError(Reason.MISSING, "read", f"{uri}: {type(error).__name__}: {error}" + (alike and f"; {alike}")) from error

    def _hashed(self, file: BinaryIO) -> Source:
        with ExitStack() as on_error:
            on_error.enter_context(file)
            found = os.fstat(file.fileno())
            _refuse_large(found.st_size)
            # Before it is hashed, so that what is written meanwhile shows.
            self._state = _state(found)
            source = Source(file=file, size_bytes=found.st_size, sha256=_sha256(_blocks(file.read)))
            on_error.pop_all()
            return source

    def _is_as_hashed(self) -> bool:
        """Whether the path still leads to the file that is open, and nobody wrote to it; a copy is nobody else's."""
        try:
            return self._path is None or _state(Path(self._path).stat()) == self._state
        except OSError:
            return False

    def _refuse_written(self) -> None:
        """Refuse rows that may be of two states of a file, under the sha256 of the first; one that was replaced is still open as it was."""
        if self._path is not None and self._source is not None and _state(os.fstat(self._source.file.fileno())) != self._state:
            self.close()
            raise MediaError(Reason.MISSING, "read", f"{self._uri}: it was written to while it was read; try again once it is complete")


def _is_local(system: fsspec.AbstractFileSystem) -> bool:
    return "file" in ((system.protocol,) if isinstance(system.protocol, str) else system.protocol)


def _state(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _local(path: str) -> BinaryIO:
    # Without O_NONBLOCK, opening a named pipe waits for its writer for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise MediaError(Reason.FORBIDDEN, "read", "not a regular file")
    return open(descriptor, "rb")  # noqa: PTH123 - a descriptor is no path


def _copied(system: fsspec.AbstractFileSystem, path: str) -> Source:
    expected_bytes = system.info(path)["size"]
    _refuse_large(expected_bytes or 0)
    with ExitStack() as on_error, system.open(path, "rb") as remote:
        local = on_error.enter_context(tempfile.TemporaryFile(prefix="avemo-"))
        digest = _sha256(_written(_blocks(remote.read), local))
        size_bytes = local.tell()
        if expected_bytes is not None and size_bytes != expected_bytes:
            raise OSError(f"{size_bytes} bytes came, {expected_bytes} were announced: did it change meanwhile?")
        on_error.pop_all()
        return Source(file=local, size_bytes=size_bytes, sha256=digest)


def _blocks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    return iter(lambda: read(_BLOCK_BYTES), b"")


def _written(blocks: Iterable[bytes], copy: BinaryIO) -> Iterator[bytes]:
    """The blocks, each once it is in the copy."""
    for block in blocks:
        copy.write(block)
        _refuse_large(copy.tell())
        yield block


def _sha256(blocks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def _refuse_large(size_bytes: int) -> None:
    if size_bytes > MAX_BYTES:
        raise MediaError(Reason.TOO_LARGE, "read", f"{size_bytes} bytes; at most {MAX_BYTES} are read")
