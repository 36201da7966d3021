"""The clips table: which video and sound files there are, and what is known about each."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from schemas.columns import column

SPLITS: Final = ("train", "val", "test")

REGION: Final = pa.list_(pa.float64(), 4)
"""x0, y0, x1, y1: left, top, right and bottom edge."""

CLIPS: Final = pa.schema(
    [
        column("clip_id", pa.string(), "", "unique name of the clip"),
        column("path", pa.string(), "", "absolute, s3:// or relative to the table's own folder"),
        column("label", pa.string(), "", "the true emotion, one of the seven; null where unknown", nullable=True),
        column("split", pa.string(), "", "train, val or test; null where none was made", nullable=True),
        column("subject", pa.string(), "", "the person in the clip; null where unknown", nullable=True),
        column("start_s", pa.float64(), "s", "start of the half-open range to use; null: the file's start", nullable=True),
        column("stop_s", pa.float64(), "s", "end of the range, exclusive; null: the file's end", nullable=True),
        column("region", REGION, "share", "x0, y0, x1, y1: the part of the picture that shows the person; null: all of it", nullable=True),
    ]
)

REQUIRED: Final = ("path",)
"""The column a clips file must have; the others are optional, and columns beyond these are named and not read."""
