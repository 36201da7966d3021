"""The predictions table: one row a clip, its probabilities and both of the model's attentions."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns import column, vectors
from schemas.condition import CONDITION
from schemas.emotions import EMOTIONS
from schemas.identity import IDENTITY
from schemas.novelty import NOVELTY

WINDOW: Final = 4
"""Positions of the default alignment window: 2w with w = 2."""

PROBABILITIES: Final = tuple(f"p_{emotion}" for emotion in EMOTIONS)


def schema(window: int) -> pa.Schema:
    """The schema for an alignment window of so many positions (2w in the paper)."""
    return pa.schema(
        [
            *IDENTITY,
            column(
                "predicted",
                pa.string(),
                "",
                "the emotion of the highest probability; null where the model abstained (score --abstain)",
                nullable=True,
            ),
            column("confidence", pa.float32(), "probability", "the highest probability"),
            *(column(f"p_{emotion}", pa.float32(), "probability", f"probability of {emotion}; the seven sum to 1") for emotion in EMOTIONS),
            NOVELTY,
            column("step_time_s", pa.list_(pa.float32()), "s", "time of each step the model attended, on the file's clock"),
            column(
                "perception",
                vectors(len(EMOTIONS), pa.float32()),
                "share",
                "perception attention (eq. 9; in best with evidence), a vector over the emotions a step; each emotion sums to 1",
            ),
            column(
                "alignment",
                vectors(window, pa.float32()),
                "share",
                "alignment attention (eq. 4), a vector over the window's positions a step, each sums to 1; null without sound",
                nullable=True,
            ),
            column(
                "window_time_s",
                vectors(window, pa.float32()),
                "s",
                "time of the audio step at each window position, NaN outside the clip; null without sound",
                nullable=True,
            ),
            column("face_coverage", pa.float32(), "share", "share of the frames that have a face"),
            column("audio_coverage", pa.float32(), "share", "share of the audio steps that have energy"),
            column("has_sound", pa.bool_(), "", "whether the row has sound; without it alignment and window_time_s are null"),
            *CONDITION,
            column("model_id", pa.string(), "", "which model bundle made the row"),
        ]
    )


PREDICTIONS: Final = schema(WINDOW)


def attention_rows(table: pa.Table) -> pa.Table:
    """Perception attention in the long form: one row a step and emotion.

    Args:
        table: rows of a predictions table; needs clip_id, step_time_s and perception.

    Returns:
        A table with the columns clip_id, time_s, emotion, weight; rows in the order of the clips, then steps, then emotions.
    """
    times, perception = (table.column(name).combine_chunks() for name in ("step_time_s", "perception"))
    weights = perception.flatten()
    step = pc.list_parent_indices(weights)
    row = pc.list_parent_indices(times)
    return pa.table(
        {
            "clip_id": table.column("clip_id").combine_chunks().take(row.take(step)),
            "time_s": times.flatten().take(step),
            "emotion": pa.array(EMOTIONS * len(weights), pa.string()),
            "weight": weights.flatten(),
        }
    )
