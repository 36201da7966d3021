"""What a training learns from, as a digest: labels and names stay where a file behind them became another one."""

import hashlib
import json

import pyarrow as pa
import pyarrow.compute as pc

from cluster.storage.location import open_folder
from cluster.tables.format1 import is_format_1
from cluster.tables.parts import part_entries

_OF_A_ROW = ("clip_id", "content_sha256", "start_s", "stop_s")


def content_digest(features: str, identity: pa.Table, rows: pa.Table) -> str:
    """A digest of the features of a training, read off the table's short columns and the list of its parts.

    Args:
        features: location of the table.
        identity: `IDENTITY_COLUMNS` of it.
        rows: clip_id of those that are trained on.

    Returns:
        Hexadecimal. Empty for a table of 0.1.0, which is never corrected: a training that 0.1.0 left half done goes on.
    """
    folder = open_folder(features)
    if is_format_1(folder):
        return ""
    known = identity.filter(pc.is_in(identity.column("clip_id"), value_set=rows.column("clip_id")))
    # The same bytes and range can have other features, as of another face of the picture (`region`): their part has another size then.
    parts = sorted((entry.name, entry.size_bytes) for entry in part_entries(folder))
    told = [known.select(_OF_A_ROW).sort_by("clip_id").to_pylist(), parts]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
