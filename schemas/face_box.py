"""Where a row's face is in each picture; tables of before lack the column."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from schemas.columns import column, vectors

FACE_BOX_WIDTH: Final = 4
"""x0, y0, x1, y1: left, top, right and bottom edge."""

FACE_BOX: Final = column(
    "face_box",
    vectors(FACE_BOX_WIDTH, pa.float32()),
    "share",
    "x0, y0, x1, y1 of the face in each frame, as shares of the upright picture; zeros without a face; null where unknown",
    nullable=True,
)
