"""Size and time of change of clips' files, by listing the folders that they lie in: nothing of a file is read.

    /clips/ann/a.mp4 b.mp4 c.mp4      one listing; few of a folder's files are asked for one by one
    s3://corpus/ann/a.mp4 ...         one listing for a thousand keys; of very many folders, the folder above is listed with all in it
    file:///clips/ann/a.mp4           as /clips/ann/a.mp4
    https://host/a.mp4                not asked: a web server neither lists nor has to say

What is noted before a file is extracted is never newer than what was read of it: a change since shows as another state.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.corrections.listing import LISTED, Listed, listed
from avemo_core.runtime.public import public

SIZE, MODIFIED = "size_bytes", "modified"

_PIECES: Final = r"(?s)^(?P<folder>(?:[\w+.-]+://[^/]+)?(?:/.*?)?)/(?P<name>(?:[^/]+/){{0,{levels}}}[^/]+)$"
"""Of a path: the name is as long as may be, the folder not above the root of a disk or a bucket."""

_LISTINGS: Final = 2_000
"""Where a store would be asked for more listings, the folders above are listed instead."""

_HIGHEST: Final = 4
"""So many levels above a file."""

_AT_ONCE: Final = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class FileStates:
    """Of files, in the order in which they were asked for.

    Attributes:
        table: `size_bytes`, and `modified`: nanoseconds on a disk, in a store a tag of the content or a time; null where not known.
        is_gone: which of them are not there.
        silent: folders that cannot be listed -> why.
    """

    table: pa.Table
    is_gone: pa.ChunkedArray
    silent: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Group:
    """Files to ask for together."""

    folder: str
    names: pa.Array
    """Relative to the folder."""
    rows: np.ndarray
    """Which of the paths they are."""


def file_states(paths: pa.ChunkedArray) -> FileStates:
    """Ask for the state of files.

    Args:
        paths: absolute, or URLs; several may be of one file.
    """
    encoded = pa.chunked_array(paths.chunks, pa.string()).combine_chunks().dictionary_encode()
    files = encoded.dictionary
    files = pc.replace_substring_regex(files, r"(?s)^(?:file|local)://(/.*)$", r"\1")
    is_url = pc.match_substring(files, "://")
    # A name=value behind a `?` is a query, as of a version; any other `?` is a letter of the key.
    is_asked = pc.invert(pc.match_substring_regex(files, r"^https?://|::|\?[^/]*="))
    on_disk, in_stores = _grouped(files, pc.invert(is_url), 1), _grouped(files, pc.and_(is_url, is_asked), _HIGHEST)
    found = [_listed(group) for group in on_disk]  # a disk answers sooner than threads take turns
    with ThreadPoolExecutor(_AT_ONCE, "list files") as pool:
        found += pool.map(_listed, in_stores)
    groups = [*on_disk, *in_stores]
    # Back to the order of the paths; those that were not asked for are null.
    asked = np.concatenate([np.empty(0, int), *(group.rows for group in groups)])
    place = np.full(len(files), len(asked))
    place[asked] = np.arange(len(asked))
    where = pa.array(place, mask=place == len(asked)).take(encoded.indices)
    table = pa.concat_tables([LISTED.empty_table(), *(one.table for one in found)]).combine_chunks().take(where)
    return FileStates(
        table=table.select([SIZE, MODIFIED]),
        is_gone=pc.fill_null(table.column("is_gone"), fill_value=False),
        silent={public(group.folder): one.silent for group, one in zip(groups, found, strict=True) if one.silent},
    )


def _listed(group: _Group) -> Listed:
    return listed(group.folder, group.names)


def _grouped(files: pa.Array, wanted: pa.Array, highest: int) -> list[_Group]:
    """Files by the folder they lie in; by one above, up to a `highest` level, while there are too many folders to ask."""
    rows = np.flatnonzero(wanted.to_numpy(zero_copy_only=False))
    if not len(rows):
        return []
    for level in range(1, highest + 1):
        pieces = pc.extract_regex(files.take(pa.array(rows)), _PIECES.format(levels=level - 1))
        folders = pc.struct_field(pieces, "folder").dictionary_encode()
        if len(folders.dictionary) <= _LISTINGS:
            break
    number = folders.indices.fill_null(-1).to_numpy()  # of paths that are none: asked for by nobody
    order = np.argsort(number, kind="stable")
    starts = np.searchsorted(number[order], np.arange(len(folders.dictionary) + 1))
    names = pc.struct_field(pieces, "name").take(pa.array(order))
    return [
        _Group(folder=folder, names=names.slice(start, stop - start), rows=rows[order[start:stop]])
        for folder, start, stop in zip(folders.dictionary.to_pylist(), starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    ]


def changed_files(now: pa.Table, note: pa.Table | None) -> tuple[pa.Array, pa.Array]:
    """Which files are in another state than was noted.

    Args:
        now: source_id, uri, `size_bytes` and `modified`.
        note: the same of then, or without the last two; None: nothing was noted.

    Returns:
        source_ids, of those at the address of then: of files of another size, so of another content; and of the same size and another
        time, which may be either.
    """
    none = pa.array([], pa.string())
    if note is None or SIZE not in note.column_names:
        return none, none
    was = _noted(now, note)
    is_resized = pc.fill_null(pc.not_equal(now.column(SIZE), was.column(SIZE)), fill_value=False)
    is_touched = pc.fill_null(pc.not_equal(now.column(MODIFIED), was.column(MODIFIED)), fill_value=False)
    names = now.column("source_id")
    return names.filter(is_resized).combine_chunks(), names.filter(pc.and_not(is_touched, is_resized)).combine_chunks()


def kept(now: pa.Table, note: pa.Table | None, unread: Collection[str] = ()) -> pa.Table:
    """`size_bytes` and `modified` to note: where nothing is known now, or it was not seen what the change is, what was noted stays.

    Args:
        now: as for `changed_files`.
        note: as for `changed_files`.
        unread: source_ids of touched files that could not be read; by what was noted they are in doubt next time too.
    """
    if note is None or SIZE not in note.column_names:
        return now.select([SIZE, MODIFIED])
    is_unread = pc.is_in(now.column("source_id"), value_set=pa.array(sorted(unread), pa.string()))
    was, is_known = _noted(now, note), pc.and_not(pc.is_valid(now.column(SIZE)), is_unread)
    return pa.table({name: pc.if_else(is_known, now.column(name), was.column(name)) for name in (SIZE, MODIFIED)})


def _noted(now: pa.Table, note: pa.Table) -> pa.Table:
    """What was noted of each file; null where it was at another address."""
    place = pc.index_in(now.column("source_id"), value_set=note.column("source_id"))
    is_there = pc.equal(note.column("uri").take(place), now.column("uri"))
    return note.select([SIZE, MODIFIED]).take(pc.if_else(is_there, place, pa.scalar(None, pa.int32())))
