"""Which clips' files have another content than their rows were made of."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.corpora.contents import sha256_of
from cluster.storage.location import open_folder
from cluster.tables.parts import part_entries, read_some

_AT_ONCE: Final = 8
"""Files read side by side."""


def replaced(location: str, clips: pa.Table, touched: pa.Array) -> frozenset[str]:
    """Of sources whose files may have another content, those whose files have; reads each file once.

    Args:
        location: of the features table.
        clips: in schemas.clips.CLIPS.
        touched: source_ids.

    Returns:
        Those whose file's sha256 is another one than their rows say, and those without rows: of them no content is known. A file that
        cannot be read leaves its rows as they are.
    """
    known = _contents(location, touched)
    some = clips.filter(pc.is_in(clips.column("clip_id"), value_set=touched))
    paths = dict(zip(some.column("clip_id").to_pylist(), some.column("path").to_pylist(), strict=True))
    files = sorted({paths[source] for source in known})
    with ThreadPoolExecutor(_AT_ONCE, "read files") as pool:
        found = dict(zip(files, pool.map(sha256_of, files), strict=True))
    same = {source for source, digest in known.items() if found[paths[source]] in (digest, None)}
    return frozenset(paths) - same


def _contents(location: str, sources: pa.Array) -> Mapping[str, str]:
    """source_id -> sha256 of the file that its rows were made of."""
    folder = open_folder(location)
    known: dict[str, str] = {}
    for _, rows in read_some(folder, part_entries(folder), ["source_id", "content_sha256"]):
        some = rows.filter(pc.is_in(rows.column("source_id"), value_set=sources))
        known.update(zip(*(some.column(name).to_pylist() for name in ("source_id", "content_sha256")), strict=True))
    return known
