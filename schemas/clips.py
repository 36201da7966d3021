"""The clips table: which video files there are, and what is known about each."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from schemas.columns import column

SPLITS: Final = ("train", "val", "test")

CLIPS: Final = pa.schema(
    [
        column("clip_id", pa.string(), "", "unique name of the clip"),
        column("path", pa.string(), "", "absolute, s3:// or relative to the table's own folder"),
        column("label", pa.string(), "", "the true emotion, one of the seven; null where unknown", nullable=True),
        column("split", pa.string(), "", "train, val or test; null where none was made", nullable=True),
        column("subject", pa.string(), "", "the person in the clip; null where unknown", nullable=True),
        column("start_s", pa.float64(), "s", "start of the half-open range to use; null: the file's start", nullable=True),
        column("stop_s", pa.float64(), "s", "end of the range, exclusive; null: the file's end", nullable=True),
    ]
)

REQUIRED: Final = ("clip_id", "path")
"""Columns a clips file must have; the others are optional, and columns beyond these are ignored."""
