"""Reads a table of one's own: one file of all clips, or a folder with a file for each."""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float, Float32, Int64

from avemo_core.corpora.table.file import text_of
from avemo_core.corpora.table.values import names as clip_names
from avemo_core.errors import ConfigError
from avemo_core.own_tables.fields import arff, delimited, described
from avemo_core.own_tables.formats import CLIP, VALUES, Format, clip_of, format_of
from avemo_core.own_tables.own_table import OwnRows, OwnTable
from avemo_core.runtime.public import public
from avemo_core.runtime.store_errors import unreachable

SUFFIXES: Final = (".parquet", ".csv", ".tsv", ".arff")
_EARLY_S: Final = 1.0
"""A first window may begin so long before the file does; such rows are in no clip."""
_LATEST_S: Final = 1e6
"""No file lasts so long: milliseconds do, or samples."""


def read(location: str, *, faces: bool) -> OwnTable:
    """The table at a location.

    Args:
        location: a file .parquet, .csv, .tsv or .arff, or a folder of them, local or whatever fsspec opens. A file without a column for
            clips is one clip, which is named as the file is, with its path below the folder.
        faces: whether it describes faces, so that a row of NaN is a frame without one; else NaN is refused.

    Raises:
        ConfigError: it is not there or is no such table; times or values that are no numbers, or too large; a time twice.
    """
    option = "--face-table" if faces else "--audio-table"
    found, columns, kinds, left_out = list[tuple[str, OwnRows]](), None, set[str](), list[str]()
    for name, content in _files(location, option):
        shown = f"{option} {public(location)}" + (f": {name}" if name else "")
        frame = _frame(name or location, content, shown)
        format_ = format_of(list(frame.columns), shown)
        names, values = _values(frame, format_, shown)
        if columns not in {None, names}:
            raise ConfigError(f"{shown}: expected the columns of the files before it ({len(columns or ())}), found others ({len(names)})")
        columns, left_out = names, [name for name in frame.columns if name not in names]
        kinds.add(format_.name)
        file = PurePosixPath(name or PurePosixPath(location).name).with_suffix("").as_posix()
        found += _clips(frame, format_, values, file, shown, faces=faces)
    rows = dict(found)
    if not rows:
        raise ConfigError(f"{option} {public(location)}: expected rows, found none")
    if len(rows) < len(found):
        twice = next(name for place, (name, _) in enumerate(found) if name in dict(found[:place]))
        raise ConfigError(f"{option} {public(location)}: the clip {twice} comes in two files: which one is meant?")
    digest = hashlib.sha256("\n".join((*sorted(kinds), *(columns or ()))).encode())
    for name in sorted(rows):
        digest.update(name.encode() + bytes.fromhex(rows[name].sha256))
    return OwnTable(kind="+".join(sorted(kinds)), columns=columns or (), left_out=tuple(left_out), rows=rows, sha256=digest.hexdigest())


def _files(location: str, option: str) -> Iterator[tuple[str, bytes]]:
    """The path below the folder, empty for a file alone, and the content of each."""
    try:
        filesystem, root = fsspec.core.url_to_fs(location)
        if filesystem.isdir(root):
            paths = [path for path in sorted(filesystem.find(root)) if PurePosixPath(path).suffix.lower() in SUFFIXES]
            names = {path: PurePosixPath(path).relative_to(root).as_posix() for path in paths}
        else:
            names = {root: ""}
        if not names:
            raise ConfigError(f"{option} {public(location)}: expected files {', '.join(SUFFIXES)} in the folder, found none")
        for path, name in names.items():
            yield name, filesystem.cat_file(path)
    except unreachable(ValueError, ImportError) as error:
        raise ConfigError(f"{option} {public(location)}: cannot be read: {public(str(error))}") from error


def _frame(name: str, content: bytes, shown: str) -> pd.DataFrame:
    suffix = PurePosixPath(name).suffix.lower()
    try:
        if suffix == ".parquet":
            frame: pd.DataFrame = pq.read_table(pa.BufferReader(content)).to_pandas()
            if any(frame.index.names):  # openSMILE's Python package has file, start and end there
                frame = frame.reset_index()
        elif suffix == ".arff":
            frame = arff(text_of(content))
        elif suffix in SUFFIXES:
            frame = delimited(text_of(content))
        else:
            raise ConfigError(f"{shown}: expected a file {', '.join(SUFFIXES)}, or a folder of them")
    except (ValueError, csv.Error, pa.ArrowInvalid) as error:
        raise ConfigError(f"{shown}: cannot be read as {suffix}: {error}") from error
    frame.columns = pd.Index([str(column).strip() for column in frame.columns])
    if (twice := frame.columns[frame.columns.duplicated()]).size:
        raise ConfigError(f"{shown}: the column {twice[0]} comes twice: which one is meant?")
    if not isinstance(frame.index, pd.RangeIndex):  # pandas takes what is too much in front for an index
        raise ConfigError(f"{shown}: expected {len(frame.columns)} fields in a row, as it has columns, found more")
    return frame


def _values(frame: pd.DataFrame, format_: Format, shown: str) -> tuple[tuple[str, ...], Float32[np.ndarray, "row width"]]:
    """Which columns are values, and they."""
    if VALUES in frame.columns and format_.name == "plain":
        matrix = _lists(frame[VALUES], shown)
        return tuple(f"value_{place}" for place in range(matrix.shape[1])), _float32(matrix, shown)
    names = [name for name in frame.columns if format_.is_value(name)]
    if texts := [name for name in names if len(frame) and not pd.api.types.is_numeric_dtype(frame[name])]:
        others = frame[texts[0]][pd.to_numeric(frame[texts[0]], errors="coerce").isna()]
        field = (others if len(others) else frame[texts[0]]).iloc[0]
        raise ConfigError(f"{shown}: {texts[0]}: expected numbers, found {described(field)}")
    if not names:
        raise ConfigError(f"{shown}: expected columns of values beside the times ({format_.name}), found none")
    return tuple(names), _float32(frame[names].to_numpy(float), shown)


def _lists(values: "pd.Series[Any]", shown: str) -> Float[np.ndarray, "row width"]:
    """The lists of a column."""
    if others := [vector for vector in values if not isinstance(vector, Sequence | np.ndarray) or isinstance(vector, str)]:
        raise ConfigError(f"{shown}: values: expected lists of numbers, as Parquet has them, found {others[0]!r}")
    lengths = {len(vector) for vector in values}
    if len(lengths) > 1:
        raise ConfigError(f"{shown}: values: expected lists of one length, found lengths {', '.join(map(str, sorted(lengths)[:5]))}")
    try:
        return np.array([np.asarray(vector, float) for vector in values]).reshape(len(values), -1 if len(values) else 0)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{shown}: values: expected lists of numbers: {error}") from error


def _float32(values: Float[np.ndarray, "row width"], shown: str) -> Float32[np.ndarray, "row width"]:
    largest = np.nanmax(np.abs(values), initial=0.0)
    if largest > np.finfo(np.float32).max:
        raise ConfigError(f"{shown}: values reach {largest:g}: expected numbers that float32 holds")
    return values.astype(np.float32)


def _clips(
    frame: pd.DataFrame, format_: Format, values: Float32[np.ndarray, "row width"], file: str, shown: str, *, faces: bool
) -> Iterator[tuple[str, OwnRows]]:
    """The rows of each clip in a file, in order of time."""
    time_s = format_.time_s(frame)
    if (untimed := format_.untimed(frame)) is not None:
        row, field = untimed
        raise ConfigError(f"{shown}: row {row}: expected a time in seconds, found {described(field)}")
    if (beyond := time_s[(time_s < -_EARLY_S) | (time_s > _LATEST_S)]).size:
        raise ConfigError(f"{shown}: the time {beyond[0]:g}: expected seconds from the file's start, {-_EARLY_S:g} to {_LATEST_S:g}")
    if format_.has_face is not None:
        values[~(pd.to_numeric(frame[format_.has_face], errors="coerce").to_numpy(float) > 0)] = np.nan
    if not faces and not np.isfinite(values).all():
        raise ConfigError(f"{shown}: row {int(np.argmin(np.isfinite(values).all(axis=1)))}: expected finite values, found NaN")
    clips = _clip_of_each(frame, format_, file, shown)
    for clip, places in clips.groupby(clips).indices.items():
        chosen = _of_one_face(frame, format_, np.asarray(places))
        ordered = chosen[np.argsort(time_s[chosen], kind="stable")]
        times = time_s[ordered]
        if (twice := np.flatnonzero(np.diff(times.astype(np.float32)) == 0)).size:  # as a features table has them
            of_faces = "; of several faces keep the rows of one" if faces else ""
            raise ConfigError(f"{shown}: clip {clip}: the time {times[twice[0]]:g} s comes twice{of_faces}")
        yield str(clip), OwnRows(time_s=times, vectors=values[ordered])


def _clip_of_each(frame: pd.DataFrame, format_: Format, file: str, shown: str) -> "pd.Series[str]":
    """Whose each row is."""
    column = format_.clip_column(frame)
    if column is None:
        return pd.Series([file] * len(frame))
    named = clip_names(frame[column])
    if (nameless := named.isna().to_numpy()).any():
        raise ConfigError(f"{shown}: row {int(np.argmax(nameless))}: expected a clip in {column}, found none")
    if column == CLIP:
        return named
    clips = named.map(clip_of)
    several = named.groupby(clips).unique()
    if len(alike := several[several.map(len) > 1]):
        clip, (one, other, *_) = alike.index[0], alike.iloc[0]
        raise ConfigError(f"{shown}: {one} and {other} are both named {clip}: which clip is which? Add a column {CLIP}")
    return clips


def _of_one_face(frame: pd.DataFrame, format_: Format, places: Int64[np.ndarray, " _"]) -> Int64[np.ndarray, " _"]:
    """Of a clip's rows those of the face that is in most of them."""
    if format_.face is None or format_.face not in frame.columns:
        return places
    ids = frame[format_.face].to_numpy()[places]
    found, counts = np.unique(ids, return_counts=True)
    return np.asarray(places[ids == found[np.argmax(counts)]])
