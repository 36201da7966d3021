"""The attention sequences of a predictions table as flat arrays, one clip's part at a time."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float32, Int64
from numpy import ndarray

from schemas.emotions import EMOTIONS


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Attention:
    """One clip's attention, as views into the table's memory."""

    step_time_s: Float32[ndarray, " t_v"]
    perception: Float32[ndarray, "t_v emotion"]
    alignment: Float32[ndarray, "aligned window"]
    """As many rows as steps, or none where the clip has no sound."""
    window_time_s: Float32[ndarray, "aligned window"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Attentions:
    """All clips' attention, read once."""

    step_time_s: Float32[ndarray, " steps"]
    perception: Float32[ndarray, "steps emotion"]
    alignment: Float32[ndarray, "aligned window"]
    window_time_s: Float32[ndarray, "aligned window"]
    first_step: Int64[ndarray, " clips_and_one"]
    first_aligned: Int64[ndarray, " clips_and_one"]

    @classmethod
    def of(cls, table: pa.Table) -> "Attentions":
        """Read the sequence columns of a predictions table."""
        times, alignment = (table.column(name).combine_chunks() for name in ("step_time_s", "alignment"))
        return cls(
            step_time_s=np.asarray(times.flatten()),
            perception=_vectors(table.column("perception").combine_chunks(), len(EMOTIONS)),
            alignment=_vectors(alignment, alignment.type.value_type.list_size),
            window_time_s=_vectors(table.column("window_time_s").combine_chunks(), alignment.type.value_type.list_size),
            first_step=_starts(times),
            first_aligned=_starts(alignment),
        )

    def __getitem__(self, row: int) -> Attention:
        """The attention of one row of the table."""
        steps = slice(self.first_step[row], self.first_step[row + 1])
        aligned = slice(self.first_aligned[row], self.first_aligned[row + 1])
        return Attention(
            step_time_s=self.step_time_s[steps],
            perception=self.perception[steps],
            alignment=self.alignment[aligned],
            window_time_s=self.window_time_s[aligned],
        )


def _vectors(column: pa.ListArray, width: int) -> Float32[ndarray, "row width"]:
    return np.asarray(column.flatten().flatten()).reshape(-1, width)


def _starts(column: pa.ListArray) -> Int64[ndarray, " row"]:
    lengths = np.asarray(pc.fill_null(pc.list_value_length(column), 0), np.int64)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
