"""Rows that nothing is learned from, as they have no label."""

import pyarrow as pa
import pyarrow.compute as pc

from schemas.row_ids import of_other_faces


def unlabelled_lines(identity: pa.Table, command: str) -> list[str]:
    """How many rows have no label, and how many of them are of faces beside a clip's main one; empty where all have one.

    Args:
        identity: clip_id, source_id and label of a features table.
        command: leaves them out.
    """
    rows = identity.filter(pc.is_null(identity.column("label")))
    if not len(rows):
        return []
    beside = pc.sum(of_other_faces(rows)).as_py()
    of_faces = f", {beside:,} of them of faces beside a clip's main one" if beside else ""
    return [f"{command}: {len(rows):,} of {len(identity):,} rows have no label{of_faces}: they are left out"]
