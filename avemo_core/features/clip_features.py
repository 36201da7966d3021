"""A clip's sequences, as they stand in the features table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Float16, Float32

from avemo_core.audio import energy
from avemo_core.errors import TableError
from schemas.audio import AUDIO_WIDTH
from schemas.features import SHAPE_WIDTH

FEATURE_COLUMNS: Final = (
    "clip_id",
    "source_id",
    "label",
    "split",
    "subject",
    "audio",
    "audio_time_s",
    "shape",
    "appearance",
    "frame_time_s",
    "has_face",
)
"""What `from_table` reads; the other columns may be left out."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ClipFeatures:
    """One row of the features table as arrays; they may be read-only views into the table's own memory."""

    clip_id: str
    source_id: str
    label: str | None
    split: str | None
    subject: str | None
    audio: Float32[np.ndarray, "t_a d_a"]
    """No rows where the clip has no sound."""
    audio_time_s: Float[np.ndarray, " t_a"]
    shape: Float32[np.ndarray, "t_v d_shape"]
    appearance: Float16[np.ndarray, "t_v d_appearance"] | Float32[np.ndarray, "t_v d_appearance"]
    frame_time_s: Float[np.ndarray, " t_v"]
    """No frames where the clip has no pictures; a table of 0.2 or before has frames without a face there, at 25 fps."""
    has_face: Bool[np.ndarray, " t_v"]

    @property
    def has_sound(self) -> bool:
        """Whether any audio step has energy: a sound track may be there, and hold nothing."""
        return bool(energy.audible(self.audio).any()) if self.audio.shape[1] == AUDIO_WIDTH else len(self.audio) > 0

    @property
    def is_finite(self) -> bool:
        """Whether no value is NaN or infinite."""
        return all(np.isfinite(values).all() for values in (self.audio, self.shape, self.appearance))


def from_table(table: pa.Table) -> list[ClipFeatures]:
    """Read rows of a features table, without a copy of the values where they lie in one chunk.

    Raises:
        TableError: a column is missing, a row has neither frame nor audio step, or the lists of a row differ in length.
    """
    _check_columns(table)
    table = table.select(FEATURE_COLUMNS)
    return [sequences for batch in table.to_batches() for sequences in _rows(batch)]


def _check_columns(table: pa.Table) -> None:
    missing = [name for name in FEATURE_COLUMNS if name not in table.column_names]
    if missing:
        raise TableError.mismatch(
            "features table", ", ".join(FEATURE_COLUMNS), f"no {', '.join(missing)}", "Give a table that `extract` wrote."
        )


def _rows(batch: pa.RecordBatch) -> Iterator[ClipFeatures]:
    names = {name: batch.column(name).to_pylist() for name in FEATURE_COLUMNS[:5]}
    lists = {name: _split(batch.column(name)) for name in FEATURE_COLUMNS[5:]}
    for row in range(batch.num_rows):
        values = {name: column[row] for name, column in names.items()} | {name: column[row] for name, column in lists.items()}
        values["shape"] = values["shape"].reshape(-1, SHAPE_WIDTH)
        _check_row(values)
        yield ClipFeatures(**values)


def _split(column: pa.Array) -> list[np.ndarray]:
    """One array a row, views into the column's flat values."""
    offsets = column.offsets.to_numpy()
    values = column.values
    if pa.types.is_fixed_size_list(values.type):
        # `values` of a fixed-size list ignores its own offset, `flatten` heeds it and drops nulls, of which there are none.
        flat = values.flatten().to_numpy(zero_copy_only=False).reshape(-1, values.type.list_size)
    else:
        flat = values.to_numpy(zero_copy_only=False)
    return [flat[start:stop] for start, stop in pairwise(offsets)]


def _check_row(values: Mapping[str, Any]) -> None:
    clip_id, t_v, t_a = values["clip_id"], len(values["frame_time_s"]), len(values["audio_time_s"])
    found = {name: len(values[name]) for name in ("has_face", "shape", "appearance", "audio")}
    expected = {"has_face": t_v, "shape": t_v, "appearance": t_v, "audio": t_a}
    if t_v + t_a == 0 or found != expected:
        raise TableError.mismatch(
            f"features of clip {clip_id}",
            expected if t_v + t_a else "at least one frame or audio step",
            found,
            "The row is damaged: extract the clip again.",
        )
