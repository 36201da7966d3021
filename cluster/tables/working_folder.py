"""The working folder beside an output: it lets a killed run go on, and leaves its rejects behind when it goes."""

from __future__ import annotations

import fsspec

from avemo_core.runtime.files import write_bytes
from cluster.storage.location import open_folder
from cluster.tables.parquet import encode
from cluster.tables.rejects import read_rejects


def put_away(working: str, *, table: str, out: str) -> None:
    """Remove a working folder whose output is written, and keep its rejects as OUT.rejects.parquet.

    Args:
        working: the folder.
        table: the table in it, or the folder itself, whose rejects are kept.
        out: the output's file.
    """
    write_bytes(f"{out}.rejects.parquet", encode(read_rejects(open_folder(table))))
    filesystem, path = fsspec.core.url_to_fs(working)
    filesystem.rm(path, recursive=True)
