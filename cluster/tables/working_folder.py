"""The working folder beside an output: it lets a killed run go on, and leaves its rejects behind when it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from avemo_core.runtime.files import write_bytes
from cluster.storage import lock
from cluster.storage.location import open_folder
from cluster.storage.lock import locked
from cluster.tables.parquet import encode
from cluster.tables.rejects import read_rejects


@contextmanager
def working_folder(location: str) -> Iterator[None]:
    """Hold the folder's lock for the length of the block; what `finalise` emptied is gone after it.

    Raises:
        TableLocked: another run works there.
    """
    with locked(location):
        yield
    filesystem, path = fsspec.core.url_to_fs(location)
    if isinstance(filesystem, LocalFileSystem):
        # Another run that came in between has put its lock there: then the folder is not empty, and stays.
        with suppress(OSError):
            Path(path).rmdir()


def finalise(working: str, *, table: str, out: str) -> None:
    """Empty a working folder whose output is written, and keep its rejects as OUT.rejects.parquet.

    The caller holds the folder's lock (`working_folder`), whose own files stay: nobody else can have begun to work there.

    Args:
        working: the folder.
        table: the table in it whose rejects are kept.
        out: the output's file.
    """
    write_bytes(f"{out}.rejects.parquet", encode(read_rejects(open_folder(table))))
    filesystem, path = fsspec.core.url_to_fs(working)
    filesystem.invalidate_cache()
    for entry in filesystem.ls(path, detail=False):
        if not lock.is_own_file(str(entry).rstrip("/").rpartition("/")[2]):
            filesystem.rm(entry, recursive=True)
