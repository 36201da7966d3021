"""Predictions joined with what the clips table knows: where the video is now, and label, subject and split where they lack."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

FILLED: Final = ("label", "split", "subject")
"""Columns whose nulls the clips table may fill; a value that the predictions have stays."""


def joined(predictions: pa.Table, clips: pa.Table | None) -> pa.Table:
    """The predictions in the order of their ids, with uri, label, split and subject from the clips table where it knows the clip."""
    table = predictions.sort_by([("source_id", "ascending"), ("start_s", "ascending"), ("clip_id", "ascending")])
    if clips is None:
        return table
    place = pc.index_in(table.column("source_id"), clips.column("clip_id").combine_chunks())
    table = _with_column(table, "uri", pc.coalesce(clips.column("path").take(place), table.column("uri")))
    for name in FILLED:
        table = _with_column(table, name, pc.coalesce(table.column(name), clips.column(name).take(place)))
    return table


def _with_column(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), table.schema.field(name), values)
