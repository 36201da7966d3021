"""Read a clips table: a csv or Parquet file, or a folder in a known layout."""

from __future__ import annotations

import posixpath
import warnings
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any, Final

import fsspec
import pandas as pd
import pyarrow as pa

from avemo_core.corpora.clip import Clip
from avemo_core.corpora.corpus_folder import corpus_folder
from avemo_core.corpora.labels import emotion
from avemo_core.corpora.layouts import understand
from avemo_core.errors import ConfigError
from avemo_core.runtime.store_errors import UNREACHABLE
from schemas.clips import CLIPS, REQUIRED, SPLITS
from schemas.emotions import EMOTIONS

_SHOWN: Final = 5
"""How many offenders an error message names."""


def read_clips(location: str, *, skip_other_labels: bool = False) -> pa.Table:
    """Read and check a clips table.

    Args:
        location: a .csv or .parquet file or a corpus folder; local or any URL fsspec opens.
        skip_other_labels: leave out clips whose label is none of the seven emotions, rather than refuse the table.

    Returns:
        A table in schemas.clips.CLIPS; labels are of the seven, paths absolute, ids unique.

    Raises:
        ConfigError: the table is missing, unreadable, empty or breaks a rule; the message shows what came and what to do.
    """
    filesystem, path = _opened(location)
    frame = _folder(filesystem, path, location) if filesystem.isdir(path) else _file(filesystem, path, location)
    frame = _labelled(frame, location, skip_other_labels=skip_other_labels)
    _check_ids(frame, location)
    _check_splits(frame, location)
    _check_ranges(frame, location)
    if frame.empty:
        raise ConfigError(f"no clip in {location}: expected at least one row, or one video file in the folder")
    return pa.Table.from_pandas(frame[CLIPS.names], schema=CLIPS, preserve_index=False).replace_schema_metadata()


def clips_of(table: pa.Table) -> Iterator[Clip]:
    """The rows of a clips table, one at a time: a table of a million clips is never a million objects."""
    for batch in table.to_batches(max_chunksize=1024):
        for row in batch.to_pylist():
            yield Clip(source_id=row.pop("clip_id"), uri=row.pop("path"), **row)


def _opened(location: str) -> tuple[Any, str]:
    try:
        filesystem, path = fsspec.core.url_to_fs(location)
        found = filesystem.exists(path)
    except (*UNREACHABLE, ValueError, ImportError) as error:
        raise ConfigError(f"cannot open the clips table {location}: {error}") from error
    if not found:
        raise ConfigError(f"no clips table at {location}: expected a .csv or .parquet file, or a folder of clips")
    return filesystem, path


def _file(filesystem: Any, path: str, location: str) -> pd.DataFrame:  # noqa: ANN401 - fsspec is not typed
    readers: dict[str, Callable[[Any], pd.DataFrame]] = {".csv": _read_csv, ".parquet": pd.read_parquet}
    reader = readers.get(PurePosixPath(path).suffix.lower())
    if reader is None:
        raise ConfigError(f"{location}: a clips table ends in .csv or .parquet, or is a folder of clips")
    try:
        with filesystem.open(path, "rb") as file:
            frame = reader(file)
    except (*UNREACHABLE, ValueError, pa.ArrowException) as error:
        raise ConfigError(f"cannot read the clips table {location}: {error}") from error
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        raise ConfigError(f"{location} lacks the column(s) {', '.join(missing)}: found {', '.join(map(str, frame.columns))}")
    return _resolved(_typed(frame, location), filesystem, posixpath.dirname(path), location)


def _read_csv(file: Any) -> pd.DataFrame:  # noqa: ANN401 - pandas types its files by a private protocol
    with warnings.catch_warnings():
        # Otherwise pandas drops what a row has beyond the header's columns, or takes its first field for a number of the row.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(file, dtype="string", keep_default_na=False, na_values=[""], encoding="utf-8-sig", index_col=False)
        except pd.errors.ParserWarning as error:
            raise ValueError("a row has more fields than the header, perhaps by a comma at its end") from error


def _typed(frame: pd.DataFrame, location: str) -> pd.DataFrame:
    """Text and seconds as the schema has them, absent columns as nulls, blank text as null."""
    typed = pd.DataFrame(index=frame.index)
    for field in CLIPS:
        values = frame[field.name] if field.name in frame.columns else pd.Series(pd.NA, index=frame.index, dtype="object")
        try:
            typed[field.name] = pd.to_numeric(values).astype("Float64") if pa.types.is_float64(field.type) else _text(values)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{location}: column {field.name} is to hold seconds: {error}") from error
    for name in REQUIRED:
        if typed[name].isna().any():
            raise ConfigError(
                f"{location}: {int(typed[name].isna().sum())} row(s) without {name}, the first is row {int(typed[name].isna().argmax())}"
            )
    return typed


def _text(values: pd.Series) -> pd.Series:
    text = values.astype("string").str.strip()
    return text.mask(text == "")


def _resolved(frame: pd.DataFrame, filesystem: Any, folder: str, location: str) -> pd.DataFrame:  # noqa: ANN401 - fsspec is not typed
    base = filesystem.unstrip_protocol(folder) if "://" in location else folder
    absolute = frame["path"].str.match(r"^(/|[A-Za-z][A-Za-z0-9+.-]*://)")
    return frame.assign(path=frame["path"].where(absolute, base.rstrip("/") + "/" + frame["path"]))


def _folder(filesystem: Any, path: str, location: str) -> pd.DataFrame:  # noqa: ANN401 - fsspec is not typed
    try:
        rows = understand(corpus_folder(filesystem, path)).rows
    except ConfigError as error:
        raise ConfigError(f"{location}: {error}") from error
    if any(row.region for row in rows):
        raise ConfigError(f"{location}: its clips are parts of the picture, which a clips table cannot say yet")
    files = [posixpath.join(path, row.path.as_posix()) for row in rows]
    urls = [filesystem.unstrip_protocol(file) for file in files] if "://" in location else files
    columns = {
        "clip_id": [row.clip_id or row.path.with_suffix("").as_posix() for row in rows],
        "path": urls,
        **{name: [getattr(row, name) for row in rows] for name in ("label", "split", "subject", "start_s", "stop_s")},
    }
    return pd.DataFrame(columns, dtype="object").astype({name: "Float64" if name.endswith("_s") else "string" for name in columns})


def _labelled(frame: pd.DataFrame, location: str, *, skip_other_labels: bool) -> pd.DataFrame:
    known, other = {}, []
    for label in frame["label"].dropna().unique():
        try:
            known[label] = emotion(label)
        except ConfigError:
            other.append(label)
    if other and not skip_other_labels:
        rows = int(frame["label"].isin(other).sum())
        shown = ", ".join(map(repr, sorted(other)[:_SHOWN]))
        remedy = "correct them or leave those clips out with --skip-other-labels"
        raise ConfigError(f"{location}: {rows} clip(s) with labels outside the seven emotions ({', '.join(EMOTIONS)}): {shown}; {remedy}")
    frame = frame[~frame["label"].isin(other)].reset_index(drop=True)
    return frame.assign(label=frame["label"].map(known).astype("string"))


def _check_ids(frame: pd.DataFrame, location: str) -> None:
    repeated = frame["clip_id"][frame["clip_id"].duplicated()].unique()
    if len(repeated):
        raise ConfigError(f"{location}: clip_id must be unique, {len(repeated)} come twice or more: {', '.join(repeated[:_SHOWN])}")


def _check_splits(frame: pd.DataFrame, location: str) -> None:
    unknown = sorted(set(frame["split"].dropna().unique()) - set(SPLITS))
    if unknown:
        raise ConfigError(f"{location}: split is one of {', '.join(SPLITS)} or empty, found {', '.join(map(repr, unknown[:_SHOWN]))}")


def _check_ranges(frame: pd.DataFrame, location: str) -> None:
    start_s, stop_s = frame["start_s"].fillna(0.0), frame["stop_s"].fillna(float("inf"))
    wrong = frame["clip_id"][~((start_s >= 0) & (start_s < stop_s))]
    if len(wrong):
        raise ConfigError(f"{location}: {len(wrong)} range(s) without 0 <= start_s < stop_s: {', '.join(wrong[:_SHOWN])}")
