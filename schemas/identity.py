"""The columns by which features and predictions say which segment of which clip a row is about."""

from __future__ import annotations

import pyarrow as pa

from schemas.columns import column

IDENTITY: tuple[pa.Field, ...] = (
    column("clip_id", pa.string(), "", "the row's own id: source_id, or source_id#start_ms-stop_ms or source_id#face, 0 the main one"),
    column("source_id", pa.string(), "", "the clip's id in the clips table; resume goes by it"),
    column("uri", pa.string(), "", "where the clip was read from"),
    column("label", pa.string(), "", "the true emotion, one of the seven; null where unknown", nullable=True),
    column("split", pa.string(), "", "train, val or test; null where the clips table has none", nullable=True),
    column("subject", pa.string(), "", "the person in the clip; null where unknown, and null is not a person", nullable=True),
    column("start_s", pa.float64(), "s", "where the row's half-open range starts, on the file's clock"),
    column("stop_s", pa.float64(), "s", "where the row's half-open range ends, exclusive, on the file's clock"),
)
