"""A row of the features table from arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Float16, Float32
from numpy import ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sequences:
    """Both streams of a row, step by step."""

    frame_time_s: Float[ndarray, " t_v"]
    has_face: Bool[ndarray, " t_v"]
    shape: Float32[ndarray, "t_v shape_width"]
    appearance: Float16[ndarray, "t_v kept"]
    audio_time_s: Float[ndarray, " t_a"]
    audio: Float32[ndarray, "t_a audio_width"]


def table(sequences: Sequences, scalars: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    """One row; scalars holds every other column of the schema."""
    lists = {name: getattr(sequences, name) for name in Sequences.__slots__}
    columns = [
        _list_of(lists[field.name], field.type) if field.name in lists else pa.array([scalars[field.name]], field.type) for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _list_of(values: ndarray, type_: pa.DataType) -> pa.Array:
    """A list array of one list, of numbers or of vectors."""
    inner = type_.value_type
    number = inner.value_type if pa.types.is_fixed_size_list(inner) else inner
    flat = pa.array(np.ascontiguousarray(values, number.to_pandas_dtype()).reshape(-1), number)
    steps = pa.FixedSizeListArray.from_arrays(flat, type=inner) if pa.types.is_fixed_size_list(inner) else flat
    return pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), steps, type=type_)
