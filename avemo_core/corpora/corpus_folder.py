"""A folder on a disk or in a store as the layouts see it."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from avemo_core.corpora.layouts import CorpusFolder, is_hidden
from avemo_core.errors import ConfigError
from avemo_core.runtime.store_errors import unreachable


def open_corpus(location: str) -> CorpusFolder:
    """The corpus folder at a path, or at a URL that fsspec opens. Messages leave the place out: a URL may hold credentials.

    Raises:
        ConfigError: it is not there, is no folder, or cannot be reached.
    """
    try:
        filesystem, root = fsspec.core.url_to_fs(location)
        is_folder = filesystem.isdir(root)
    except unreachable(ValueError, ImportError) as error:
        raise ConfigError(f"cannot be reached: {error}") from error
    if not is_folder:
        raise ConfigError(f"expected the folder of a corpus, found {'a file' if filesystem.exists(root) else 'nothing'}")
    return corpus_folder(filesystem, root)


def corpus_folder(filesystem: Any, root: str, files: Iterable[str] | None = None) -> CorpusFolder:  # noqa: ANN401 - fsspec is not typed
    """The files below a folder, hidden ones left out, and a way to read them.

    Args:
        filesystem: of fsspec.
        root: the folder, as the file system names it.
        files: only these of its files, as the file system names them; None: all.

    Raises:
        ConfigError: the folder, or later a file of it, cannot be reached.
    """
    top = PurePosixPath(root)

    def read(path: PurePosixPath) -> bytes:
        try:
            content: bytes = filesystem.cat_file(posixpath.join(root, path.as_posix()))
        except unreachable() as error:
            raise ConfigError(f"{path}: cannot be read: {error}") from error
        return content

    try:
        paths = sorted(PurePosixPath(file).relative_to(top) for file in (files_below(filesystem, root) if files is None else files))
    except unreachable() as error:
        raise ConfigError(f"cannot be reached: {error}") from error
    return CorpusFolder([path for path in paths if not is_hidden(path)], read)


def files_below(filesystem: Any, root: str) -> Iterable[str]:  # noqa: ANN401 - as above
    """All files below a folder, as the file system names them; on a disk also those behind links to folders.

    Raises:
        OSError: a folder may not be read.
    """
    return _on_disk(root) if isinstance(filesystem, LocalFileSystem) else filesystem.find(root)


def _on_disk(root: str) -> Iterator[str]:
    """By os.walk, where fsspec takes a link to a folder for a file, and passes over a folder that may not be read."""
    for folder, names, files in os.walk(root, followlinks=True, onerror=_refuse):
        names[:] = [name for name in names if not _leads_up(folder, name)]
        yield from (posixpath.join(folder, file) for file in files)


def _refuse(error: OSError) -> None:
    raise error


def _leads_up(folder: str, name: str) -> bool:
    """Whether a folder is a link to one that it lies in, which would be read without end."""
    link = Path(folder, name)
    return link.is_symlink() and Path(folder).resolve().is_relative_to(link.resolve())
