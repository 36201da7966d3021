"""Which clips' files have another content than their rows were made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.corpora.contents import sha256_of
from cluster.storage.folder import Entry
from cluster.storage.location import open_folder
from cluster.tables.parts import read_some

_AT_ONCE: Final = 8
"""Files read side by side."""


def of_another_content(location: str, parts: Sequence[Entry], paths: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """Of sources whose files may have another content, those whose files have; reads each file once.

    Args:
        location: of the features table.
        parts: those that have rows of the sources.
        paths: source_id -> path, of all sources in question.

    Returns:
        Those whose file's sha256 is another one than their rows say, and those without rows: of them no content is known. And those
        whose file cannot be read: it leaves its rows as they are.
    """
    sources = pa.array(list(paths), pa.string())
    known: dict[str, str] = {}
    for _, rows in read_some(open_folder(location), parts, ["source_id", "content_sha256"]):
        some = rows.filter(pc.is_in(rows.column("source_id"), value_set=sources))
        known.update(zip(*(some.column(name).to_pylist() for name in ("source_id", "content_sha256")), strict=True))
    files = sorted({paths[source] for source in known})
    with ThreadPoolExecutor(_AT_ONCE, "read files") as pool:
        found = dict(zip(files, pool.map(sha256_of, files), strict=True))
    unread = frozenset(source for source in known if found[paths[source]] is None)
    same = {source for source, digest in known.items() if found[paths[source]] == digest}
    return frozenset(paths) - same - unread, unread
