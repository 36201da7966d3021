"""Columns of the predictions table from arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Float32

from avemo_core.errors import TableError
from schemas.emotions import EMOTIONS


def known(features: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    """A column of the features; nulls where they are of before it."""
    return features.column(field.name) if field.name in features.column_names else pa.nulls(len(features), field.type)


def vectors(arrays: Sequence[np.ndarray | None], type_: pa.DataType) -> pa.Array:
    """A list<fixed_size_list> column, built from flat memory; None becomes null."""
    lengths = [0 if array is None else len(array) for array in arrays]
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int32)]).astype(np.int32)
    present = [array for array in arrays if array is not None]
    flat = np.concatenate([np.zeros((0, type_.value_type.list_size), np.float32), *present]).ravel()
    values = pa.FixedSizeListArray.from_arrays(pa.array(flat, pa.float32()), type=type_.value_type)
    mask = pa.array([array is None for array in arrays], pa.bool_())
    return pa.ListArray.from_arrays(pa.array(offsets), values, type=type_, mask=mask)


def column(values: Any, type_: pa.DataType) -> pa.Array | pa.ChunkedArray:  # noqa: ANN401 - pyarrow ships no annotations
    """Values as a column of this type."""
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values.cast(type_)
    return pa.array(values, type_)


def probability_columns(probabilities: Float32[np.ndarray, "clip emotion"]) -> dict[str, Any]:
    """What is predicted, how surely, and each emotion's probability.

    Raises:
        TableError: one of them is no finite number.
    """
    if not np.isfinite(probabilities).all():
        bad = int((~np.isfinite(probabilities)).any(1).sum())
        raise TableError.mismatch(
            "predictions", "finite numbers", f"{bad} clips with NaN", "The features are finite: train the model again."
        )
    best = probabilities.argmax(1)
    each = {f"p_{emotion}": probabilities[:, i] for i, emotion in enumerate(EMOTIONS)}
    return {"predicted": np.array(EMOTIONS)[best], "confidence": probabilities.max(1, initial=0), **each}
