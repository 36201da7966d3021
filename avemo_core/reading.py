"""A finished table as pandas has use for it: `from avemo_core.reading import read_predictions`.

A cell of a list column is a NumPy array: 1-D for times, 2-D (step x value) for attentions and features. It is a view into the
memory that Parquet was decoded to, so nothing is copied: it cannot be written to, its `.copy()` can. Every frame says in
`attrs["units"]` the unit of each column ("" where it has none), and in `attrs["meanings"]` what it holds.

Tables of this version and of 0.1.0 are read, with their shards, from paths and from what fsspec opens (s3://, memory://, ...).
What a table of before does not say of its rows, such as `fault`, is null.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.errors import TableError
from avemo_core.runtime.table_files import TableFiles
from schemas.columns import differences, vectors
from schemas.condition import with_condition
from schemas.emotions import EMOTIONS
from schemas.features import FEATURES
from schemas.lacking import lacking_columns, left_out
from schemas.predictions import PREDICTIONS
from schemas.rejects import REJECTS

Location = str | os.PathLike[str]


def read_predictions(location: Location, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A predictions table, one row a clip, in the order of `pd.read_parquet`.

    `perception` is (t_v, 7), `step_time_s` (t_v,), `alignment` and `window_time_s` (t_v, 2w), or None where `has_sound` is False.

    Args:
        location: the folder that `score` wrote, or one part of it.
        columns: which, in this order; None: all. Attentions are nearly all of a table: name what you need.

    Raises:
        TableError: no table is there, it has other columns, or a part is damaged.
        ConfigError: fsspec opens no such location.
    """
    return _read(location, columns, PREDICTIONS)


def read_features(location: Location, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A features table, one row a clip, in the order of `pd.read_parquet`.

    `shape` is (t_v, 98), `appearance` (t_v, values selected) and `audio` (t_a, 901), all float32; `frame_time_s` and `has_face`
    are (t_v,), `audio_time_s` is (t_a,). A further audio set NAME is `audio_NAME`, with `audio_NAME_time_s`; what was not extracted has
    no column.

    Args:
        location: the folder that `extract` wrote, or one part of it.
        columns: which, in this order; None: all, which is a quarter of a megabyte in memory for each second of video.

    Raises:
        TableError: no table is there, it has other columns, or a part is damaged.
        ConfigError: fsspec opens no such location.
    """
    return _read(location, columns, FEATURES)


def read_rejects(location: Location) -> pd.DataFrame:
    """The rejects of a table, one row a clip that could not be used; no rows where none was rejected.

    Args:
        location: of the table itself; its rejects lie beside it, in `OUT.avemo/rejects`.

    Raises:
        TableError: there is neither a table nor rejects of one, or a part is damaged.
        ConfigError: fsspec opens no such location.
    """
    table = TableFiles.of(location)
    files = table.rejects()
    if not files and not table.parts():
        raise table.nothing_there()
    rows = table.tables(files, lambda found, shown: _names(found, shown, None, REJECTS))
    return _frame([REJECTS.empty_table(), *rows], REJECTS.names, REJECTS)


def perception_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Perception attention in the long form: one row a step and emotion.

    Args:
        rows: of `read_predictions`, all or some; needs clip_id, step_time_s and perception. Three seconds at 25 frames per
            second become 525 rows.

    Returns:
        clip_id, time_s, emotion (a category), weight; an emotion's weights sum to 1 over a clip.
    """
    weights = _joined(rows["perception"], (0, len(EMOTIONS)))
    emotions = np.tile(np.arange(len(EMOTIONS), dtype=np.int8), len(weights))
    return _long(
        clip_id=_repeated(rows["clip_id"], rows["perception"]),
        time_s=np.repeat(_joined(rows["step_time_s"], (0,)), len(EMOTIONS)),
        emotion=pd.Categorical.from_codes(emotions, categories=pd.Index(EMOTIONS)),
        weight=weights.ravel(),
    )


def alignment_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Alignment attention in the long form: one row a step and audio step of its window.

    Args:
        rows: of `read_predictions`, all or some; needs clip_id, step_time_s, alignment and window_time_s.

    Returns:
        clip_id, time_s, audio_time_s, weight; a step's weights sum to 1. Left out: clips without sound, and positions outside
        the clip, whose weight is 0.
    """
    rows = rows[rows["alignment"].notna()]
    window = rows["alignment"].iloc[0].shape[1] if len(rows) else 0
    found = _long(
        clip_id=_repeated(rows["clip_id"], rows["alignment"]),
        time_s=np.repeat(_joined(rows["step_time_s"], (0,)), window),
        audio_time_s=_joined(rows["window_time_s"], (0, window)).ravel(),
        weight=_joined(rows["alignment"], (0, window)).ravel(),
    )
    return found[found["audio_time_s"].notna()].reset_index(drop=True)


def _read(location: Location, columns: Sequence[str] | None, schema: pa.Schema) -> pd.DataFrame:
    table = TableFiles.of(location)
    parts = list(table.tables(table.parts(), lambda found, shown: _names(found, shown, columns, schema)))
    if not parts:
        raise table.nothing_there()
    own = [name for name in parts[0].column_names if name not in schema.names]
    there = [name for name in schema.names if name not in left_out(parts[0].schema)]
    return _frame(parts, [*there, *own] if columns is None else columns, schema)


def _names(found: pa.Schema, shown: str, columns: Sequence[str] | None, schema: pa.Schema) -> list[str]:
    """What to read of a part for these columns, once its own columns are known to be those of the schema.

    A flipped bit in a part's footer, which has no checksum, ends here.

    Raises:
        TableError: a column is missing or of another type. More columns than the schema has are no error.
    """
    lacking = lacking_columns(found, schema) | left_out(found)
    expected = pa.schema([_of_its_width(field, found) for field in schema if field.name not in lacking])
    if lines := differences(expected, pa.schema([field for field in found if field.name in expected.names])):
        raise TableError(f"{shown}: damaged, or another table than expected\n  " + "\n  ".join(lines))
    said_by = {"has_sound": "alignment"} if "has_sound" in lacking else {}
    null = lacking - left_out(found) - {"has_sound"}
    asked = [name for name in (found.names if columns is None else columns) if name not in null]
    # The id says how many rows there are, where nothing that was asked for is known of them.
    wanted = list(dict.fromkeys(said_by.get(name, name) for name in asked or ["clip_id"]))
    if absent := [name for name in wanted if name not in found.names]:
        raise TableError.mismatch(
            shown, f"columns {', '.join(wanted)}", f"none named {', '.join(absent)}", f"There are: {', '.join(found.names)}."
        )
    return wanted


def _of_its_width(field: pa.Field, found: pa.Schema) -> pa.Field:
    """A field for as many values a step as the part has; selections, audio sets and windows differ, and 0.1.0 wrote float16."""
    if field.name not in ("appearance", "audio", "alignment", "window_time_s") or field.name not in found.names:
        return field
    type_ = found.field(field.name).type
    if not _is_list(type_) or not pa.types.is_fixed_size_list(type_.value_type):
        return field
    halves = field.name == "appearance" and pa.types.is_float16(type_.value_type.value_type)
    return field.with_type(vectors(type_.value_type.list_size, pa.float16() if halves else pa.float32()))


def _frame(parts: Iterable[pa.Table], columns: Sequence[str], schema: pa.Schema) -> pd.DataFrame:
    """The rows of all parts, lists as arrays."""
    asked = pa.schema([schema.field(name) for name in columns if name in schema.names])
    parts = [with_condition(_with_sound(part), asked) for part in parts]
    types = parts[0].schema
    lists = [name for name in columns if _is_list(types.field(name).type)]
    scalars = pa.concat_tables([part.select([name for name in columns if name not in lists]) for part in parts]).to_pandas()
    cells = {name: _cells(chunk for part in parts for chunk in part.column(name).chunks) for name in lists}
    frame = pd.DataFrame({name: cells[name] if name in lists else scalars[name] for name in columns}, copy=False)
    for key, word in (("units", b"unit"), ("meanings", b"meaning")):
        fields = {name: schema.field(name) if name in schema.names else types.field(name) for name in columns}
        frame.attrs[key] = {name: (field.metadata or {}).get(word, b"").decode() for name, field in fields.items()}
    return frame


def _with_sound(part: pa.Table) -> pa.Table:
    if "alignment" in part.column_names and "has_sound" not in part.column_names:
        return part.append_column("has_sound", pc.is_valid(part.column("alignment")))
    return part


def _cells(chunks: Iterable[pa.Array]) -> np.ndarray:
    """A list column as an array of arrays, None for null."""
    found = [cell for chunk in chunks for cell in _views(chunk)]
    cells = np.empty(len(found), object)
    for place, cell in enumerate(found):  # all at once, NumPy would try to make one array of arrays of one shape
        cells[place] = cell
    return cells


def _views(chunk: pa.Array) -> Iterable[np.ndarray | None]:
    """The rows of an array of lists, or of lists of vectors, as views of one array.

    offsets  0        3     5            row i is the half-open range of steps offsets[i] : offsets[i + 1]
    values   v0 v1 v2 | v3 v4 | ...      and each v, of a list of vectors, so many numbers side by side
    """
    values = chunk.values  # noqa: PD011 - of Arrow, not of pandas
    is_vector = pa.types.is_fixed_size_list(values.type)
    flat = (values.flatten() if is_vector else values).to_numpy(zero_copy_only=False)
    steps = flat.astype(np.float32) if flat.dtype == np.float16 else flat
    steps = steps.reshape((-1, values.type.list_size) if is_vector else -1)
    steps.flags.writeable = False
    valid = chunk.is_valid().to_pylist() if chunk.null_count else [True] * len(chunk)
    return [steps[start:stop] if there else None for there, (start, stop) in zip(valid, pairwise(chunk.offsets.to_pylist()), strict=True)]


def _is_list(type_: pa.DataType) -> bool:
    return bool(pa.types.is_list(type_) or pa.types.is_large_list(type_))


def _joined(cells: pd.Series[Any], empty: tuple[int, ...]) -> np.ndarray:
    return np.concatenate([np.empty(empty, np.float32), *cells])


def _repeated(ids: pd.Series[str], cells: pd.Series[Any]) -> Any:  # noqa: ANN401 - whichever array pandas keeps strings in
    return ids.array.repeat(np.array([cell.size for cell in cells], np.int64))


def _long(**columns: Any) -> pd.DataFrame:  # noqa: ANN401 - arrays of NumPy and of pandas
    frame = pd.DataFrame(columns)
    frame.attrs["units"] = {name: {"weight": "share"}.get(name, "s" if name.endswith("_s") else "") for name in columns}
    return frame
