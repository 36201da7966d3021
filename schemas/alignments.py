"""The table of faces in identity pictures that pretraining reads from: where in each picture the face is."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from schemas.columns import column

ALIGNMENTS: Final = pa.schema(
    [
        column("source_id", pa.string(), "", "the picture's path below the folder of identities"),
        column("person", pa.string(), "", "the folder the picture lies in"),
        column("uri", pa.string(), "", "where the picture is read from"),
        column(
            "to_picture",
            pa.list_(pa.field("value", pa.float64(), nullable=False), 6),
            "px",
            "affine map, row by row, from a pixel of the face chip to the picture's",
        ),
    ]
)
