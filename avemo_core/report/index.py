"""What the page knows of every clip from the start: the columns of its table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.emotions import EMOTIONS
from schemas.row_ids import of_other_faces


def clip_index(table: pa.Table, first_rows: Sequence[int]) -> dict[str, Any]:
    """The clips column by column, in the table's order.

    Args:
        table: rows of a predictions table.
        first_rows: the first row of each file of attention.
    """
    names = {name: table.column(name).to_pylist() for name in ("clip_id", "subject", "split", "fault")}
    return {
        "emotions": list(EMOTIONS),
        "firstRows": list(first_rows),
        "id": names["clip_id"],
        "subject": names["subject"],
        "split": names["split"],
        "beside": [int(row) for row in of_other_faces(table).to_pylist()],
        "label": _places(table.column("label")),
        "predicted": _places(table.column("predicted")),
        "confidence": _rounded(table.column("confidence")),
        "novelty": _rounded(table.column("novelty")),
        "face": _rounded(table.column("face_coverage")),
        "sound": _rounded(table.column("audio_coverage")),
        "fault": names["fault"],
        "decoded": _rounded(table.column("decoded_share")),
        "start": _rounded(table.column("start_s")),
        "stop": _rounded(table.column("stop_s")),
    }


def _places(column: pa.ChunkedArray) -> list[int]:
    """Position among the emotions; -1 where there is none."""
    places = pc.index_in(column, pa.array(EMOTIONS))
    return [int(place) for place in np.asarray(pc.fill_null(places, -1))]


def _rounded(column: pa.ChunkedArray) -> list[float | None]:
    return [None if value is None or not np.isfinite(value) else round(value, 4) for value in column.to_pylist()]
