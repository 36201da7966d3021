"""The order of work: clips of one file follow each other, so that a worker opens it once."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def by_file(clips: pa.Table) -> pa.Table:
    """A clips table whose rows of one path stand together, in order of start, where the path first comes; else as it was.

        a 0-2 s   b   a 1-3 s   c   a   -->   a   a 0-2 s   a 1-3 s   b   c

    Done in Arrow; a table in which no path comes twice is given back as it is. Paths are compared as they are written.

    Args:
        clips: in schemas.clips.CLIPS.
    """
    encoded = clips.column("path").dictionary_encode().chunks
    if not encoded or len(encoded[-1].dictionary) == clips.num_rows:
        return clips
    # The dictionary numbers paths as they first come; sorting is stable.
    files = pa.chunked_array([chunk.indices for chunk in encoded])
    keys = pa.table({"file": files, "start_s": pc.fill_null(clips.column("start_s"), 0.0)})
    return clips.take(pc.sort_indices(keys, sort_keys=[("file", "ascending"), ("start_s", "ascending")]))
