"""The table of labelled faces that selection learns from: kept only while `select` runs."""

from __future__ import annotations

import pyarrow as pa

from schemas.columns import column


def schema(width: int) -> pa.Schema:
    """The schema for feature maps of so many values; one row a face."""
    values = pa.list_(pa.field("value", pa.float16(), nullable=False), width)
    return pa.schema(
        [
            column("source_id", pa.string(), "", "the clip or picture the face is in"),
            column("content_sha256", pa.string(), "", "of the bytes of its file, hexadecimal"),
            column("label", pa.string(), "", "the true emotion, one of the seven"),
            column("group", pa.string(), "", "the person, else the clip or picture; never on both sides of a fold"),
            column("map", values, "", "the network's feature map of the face, flattened channels x rows x columns"),
        ]
    )
