"""The bytes of a clip: one local file, whatever storage it came from, with its sha256."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

import fsspec

from avemo_core.errors import MediaError
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
        MediaError: `missing` when it is not there or may not be read, `too_large`, `forbidden` when it is no regular file.
    """
    with _open(uri) as file:
        try:
            source = _source(file)
        except OSError as error:
            raise _missing(uri, error) from error
        yield source


def _open(uri: str) -> BinaryIO:
    try:
        system, path = fsspec.core.url_to_fs(uri)
        return _local(path) if _is_local(system) else _copied(system, path)
    except (OSError, ValueError, ImportError) as error:
        raise _missing(uri, error) from error


def _missing(uri: str, error: Exception) -> MediaError:
    return MediaError(Reason.MISSING, "read", f"{uri}: {type(error).__name__}: {error}")


def _is_local(system: fsspec.AbstractFileSystem) -> bool:
    return "file" in ((system.protocol,) if isinstance(system.protocol, str) else system.protocol)


def _local(path: str) -> BinaryIO:
    # Without O_NONBLOCK, opening a named pipe waits for its writer for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise MediaError(Reason.FORBIDDEN, "read", "not a regular file")
    return open(descriptor, "rb")  # noqa: PTH123 - a descriptor is no path


def _copied(system: fsspec.AbstractFileSystem, path: str) -> BinaryIO:
    _refuse_large(int(system.info(path)["size"] or 0))
    with system.open(path, "rb") as remote:
        local = tempfile.TemporaryFile(prefix="avemo-")  # noqa: SIM115 - the caller closes it
        shutil.copyfileobj(remote, local, _BLOCK_BYTES)
    local.seek(0)
    return local


def _source(file: BinaryIO) -> Source:
    size_bytes = os.fstat(file.fileno()).st_size
    _refuse_large(size_bytes)
    digest = _sha256(file)
    file.seek(0)
    return Source(file=file, size_bytes=size_bytes, sha256=digest)


def _refuse_large(size_bytes: int) -> None:
    if size_bytes > MAX_BYTES:
        raise MediaError(Reason.TOO_LARGE, "read", f"{size_bytes} bytes; at most {MAX_BYTES} are read")


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := file.read(_BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()
