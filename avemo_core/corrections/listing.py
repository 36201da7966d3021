"""The files of one folder, on a disk or in a store: how large each is, and when or with which tag it was written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import fsspec
import pyarrow as pa

from avemo_core.runtime.store_errors import unreachable

_FEW: Final = 4
"""So many files of a folder are asked for one by one."""

_TAGS: Final = ("ETag", "etag", "LastModified", "last_modified", "mtime", "modified", "updated", "created")
"""What stores say of a content, or of when it was written: the best first."""

LISTED: Final = pa.schema([("size_bytes", pa.int64()), ("modified", pa.string()), ("is_gone", pa.bool_())])
"""What is known of a file; null where it is not."""

_State = tuple[int | None, str | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Listed:
    """Some files of a folder.

    Attributes:
        table: size_bytes, modified, is_gone of each; the first two null where they are not known.
        silent: why the folder cannot be listed; empty where it can.
    """

    table: pa.Table
    silent: str = ""


def listed(folder: str, names: pa.Array) -> Listed:
    """Look for files in a folder.

    Args:
        folder: a path, or a URL that fsspec opens.
        names: relative to it; of a URL also of files in folders within it.
    """
    wanted = names.to_pylist()
    try:
        states = _in_store(folder, wanted) if "://" in folder else _on_disk(folder or "/", wanted)
    except FileNotFoundError:
        states = {}
    except unreachable(ValueError, ImportError) as error:
        return Listed(table=_table([(None, None)] * len(wanted), [False] * len(wanted)), silent=f"{type(error).__name__}: {error}")
    return Listed(table=_table([states.get(name, (None, None)) for name in wanted], [name not in states for name in wanted]))


def _table(states: Sequence[_State], is_gone: Sequence[bool]) -> pa.Table:
    sizes, tags = zip(*states, strict=True) if states else ((), ())
    return pa.table([pa.array(sizes, pa.int64()), pa.array(tags, pa.string()), pa.array(is_gone, pa.bool_())], schema=LISTED)


def _on_disk(folder: str, names: Sequence[str]) -> dict[str, _State]:
    if len(names) <= _FEW:
        found = {name: Path(folder, name) for name in names}
        return {name: _state(path.stat()) for name, path in found.items() if path.exists()}
    wanted = set(names)
    states = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in wanted:
                try:
                    states[entry.name] = _state(entry.stat())
                except FileNotFoundError:  # a link that leads nowhere, or a file that went meanwhile
                    continue
    return states


def _state(found: os.stat_result) -> _State:
    return found.st_size, str(found.st_mtime_ns)


def _in_store(folder: str, names: Sequence[str]) -> dict[str, _State]:
    system, path = fsspec.core.url_to_fs(folder)
    path = path.rstrip("/")
    system.invalidate_cache(path)
    if any("/" in name for name in names):
        infos = system.find(path, detail=True).values()
    elif len(names) > _FEW:
        infos = system.ls(path, detail=True)
    else:
        infos = [info for name in names if (info := _info(system, f"{path}/{name}"))]
    system.invalidate_cache(path)  # a million objects that it would remember take a gigabyte
    wanted, start = set(names), len(path) + 1
    return {name: (info.get("size"), _tag(info)) for info in infos if info["type"] == "file" and (name := info["name"][start:]) in wanted}


def _info(system: fsspec.AbstractFileSystem, path: str) -> Mapping[str, Any] | None:
    try:
        return dict(system.info(path))
    except FileNotFoundError:
        return None


def _tag(info: Mapping[str, Any]) -> str | None:
    return next((str(info[name]) for name in _TAGS if info.get(name)), None)
