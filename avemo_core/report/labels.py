"""Predictions joined with what the clips table knows: where the video is now, and label, subject and split where they lack."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.errors import ConfigError
from schemas.row_ids import of_other_faces

FILLED: Final = ("label", "split", "subject")
"""Columns whose nulls the clips table may fill; a value that the predictions have stays."""

_SHOWN: Final = 3
"""How many clips a message names."""


def joined(predictions: pa.Table, clips: pa.Table | None) -> pa.Table:
    """The predictions in the order of their ids, with uri, label, split and subject from the clips table where it knows the clip.

    Label and subject are the main face's: rows of other faces go without.
    """
    table = predictions.sort_by([("source_id", "ascending"), ("start_s", "ascending"), ("clip_id", "ascending")])
    if clips is None:
        return table
    place = pc.index_in(table.column("source_id"), clips.column("clip_id").combine_chunks())
    table = _with_column(table, "uri", pc.coalesce(clips.column("path").take(place), table.column("uri")))
    of_main_alone = pc.if_else(of_other_faces(table), pa.scalar(None, pa.int32()), place)
    for name in FILLED:
        known = clips.column(name).take(place if name == "split" else of_main_alone)
        table = _with_column(table, name, pc.coalesce(table.column(name), known))
    return table


def check_agreement(predictions: pa.Table, clips: pa.Table) -> None:
    """Refuse a clips table that was corrected since the predictions were made: what is shown would be partly of then, partly of now.

    Raises:
        ConfigError: a label, split or subject that both have is another one.
    """
    place = pc.index_in(predictions.column("source_id"), clips.column("clip_id").combine_chunks())
    others = {}
    for name in FILLED:
        differs = pc.fill_null(pc.not_equal(predictions.column(name), clips.column(name).take(place)), fill_value=False)
        if found := pc.unique(predictions.column("source_id").filter(differs)).to_pylist():
            others[name] = found
    if others:
        told = "; ".join(f"{name} of {len(found):,} clips ({', '.join(found[:_SHOWN])})" for name, found in others.items())
        raise ConfigError(
            f"--clips: it says otherwise than the predictions: {told}\n"
            "  Start `extract` (where there is a features table) and `score` again with these clips: both bring their rows up to date"
        )


def _with_column(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), table.schema.field(name), values)
