"""The column that says how far a row lies outside what its model was trained on."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from schemas.columns import column

NOVEL: Final = 0.95
"""Novelty above which a row counts as novel: about one in twenty rows of people like those of the training does."""

NOVELTY: Final[pa.Field] = column(
    "novelty",
    pa.float32(),
    "share",
    f"share of the model's held-out clips, of people it had not learned from, that lie nearer to its training; above {NOVEL} a row "
    "counts as novel; null where the model cannot say",
    nullable=True,
)
