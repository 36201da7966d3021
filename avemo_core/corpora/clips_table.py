"""Read clips: a table (csv, tsv, Parquet), a corpus folder, a folder of videos or sound files, a glob, one file; local or any URL.

    table    table/: the file as it lies there, which column is which, the values as the schema has them
    files    folders: which there are; layouts/: what their paths and lists say

For both, labels, ids, ranges and splits are checked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import fsspec
import pandas as pd
import pyarrow as pa

from avemo_core.corpora import folders, leakage
from avemo_core.corpora.clip import Clip
from avemo_core.corpora.folders import Files, Understood
from avemo_core.corpora.labels import emotion
from avemo_core.corpora.media_files import folder_of, is_media, suffix_of
from avemo_core.corpora.oddities import oddities
from avemo_core.corpora.options import ReadOptions
from avemo_core.corpora.table import paths, values
from avemo_core.corpora.table.columns import header_of
from avemo_core.corpora.table.file import SUFFIXES, read_table
from avemo_core.corpora.understood import Clips
from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public
from avemo_core.runtime.store_errors import said, unreachable
from schemas.clips import CLIPS, REGION, REQUIRED
from schemas.emotions import EMOTIONS

_SHOWN: Final = 5
"""How many offenders an error message names."""

_EXPECTED: Final = "a table (.csv, .tsv, .parquet), a folder of clips, a pattern such as 'clips/*.mp4', or one video or sound file"

_OTHER_LABELS: Final = "labels outside the seven emotions"


def read_clips(location: str, options: ReadOptions | None = None) -> pa.Table:
    """The table of `understand_clips`."""
    return understand_clips(location, options).table


def understand_clips(location: str, options: ReadOptions | None = None, *, needs_labels: bool = True) -> Clips:
    """Read and check clips, and say what was understood of them.

    Args:
        location: a table, a folder, a pattern or one media file; local or any URL fsspec opens.
        options: how to read it; none given: the defaults.
        needs_labels: refuse labels outside the seven emotions, which somebody has to decide on; if not, such clips have none.

    Returns:
        Clips whose table is in schemas.clips.CLIPS: labels of the seven, paths absolute, ids unique, no file in two splits.

    Raises:
        ConfigError: it is missing, unreadable, empty or breaks a rule; the message shows what came and what to do.
    """
    options = options or ReadOptions()
    read = _read(location, options)
    frame, notes, other = _labelled(_completed(read.frame), location, options, read.layout, needs_labels=needs_labels)
    _check_ids(frame, location)
    _check_ranges(frame, location)
    if frame.empty:
        raise ConfigError(f"no clip in {public(location)}: expected at least one row, or one video or sound file in the folder")
    table = pa.table([_column(frame, field) for field in CLIPS], schema=CLIPS)
    people = leakage.check_apart(table, location, same_people=options.same_people_in_splits)
    if people:
        notes.append(f"in several splits, as {leakage.WAIVER} allows: {', '.join(list(people)[:_SHOWN])} ({len(people)} people)")
    return Clips(
        table=table.replace_schema_metadata(),
        location=location,
        layout=read.layout,
        notes=(*read.notes, *notes, *oddities(table)),
        left_out={**read.left_out, **other},
        read_by=options.about() | ({"people_in_several_splits": list(people)} if people else {}),
    )


def clips_of(table: pa.Table) -> Iterator[Clip]:
    """The rows of a clips table, one at a time: a table of a million clips is never a million objects."""
    for batch in table.to_batches(max_chunksize=1024):
        for row in batch.to_pylist():
            region = row.pop("region")
            yield Clip(source_id=row.pop("clip_id"), uri=row.pop("path"), region=region and tuple(region), **row)


def _read(location: str, options: ReadOptions) -> Understood:
    if not location.strip():
        raise ConfigError(f"no clips are named: expected {_EXPECTED}")
    try:
        filesystem, path = fsspec.core.url_to_fs(location)
        files = _files(filesystem, path, location)
    except unreachable(ValueError, ImportError) as error:
        raise ConfigError(f"cannot open the clips table {public(location)}: {said(error)}") from error
    if files is not None:
        return folders.understand_files(files, options)
    if options.layout or options.fold or options.song:
        raise ConfigError(f"--layout, --fold and --song are about a corpus folder; {public(location)} is a table")
    return _table(filesystem, path, location)


def _files(filesystem: Any, path: str, location: str) -> Files | None:  # noqa: ANN401 - fsspec is not typed
    """The files of a folder, a pattern or a media file; None: it is a table."""
    if not filesystem.exists(path):
        if set(path) & set("*?["):
            return folders.files_of_glob(filesystem, path, location)
        raise ConfigError(f"no clips table at {public(location)}: expected {_EXPECTED}")
    if suffix_of(location) in SUFFIXES:
        return None
    if is_media(location) and filesystem.isfile(path):  # a web server would send the whole file, asked whether it is a folder
        return folders.one_file(filesystem, path, location)
    if filesystem.isdir(path):
        return folders.files_in(filesystem, path, location)
    raise ConfigError(f"{public(location)}: a clips table ends in .csv or .parquet (or .tsv); expected {_EXPECTED}")


def _table(filesystem: Any, path: str, location: str) -> Understood:  # noqa: ANN401 - fsspec is not typed
    raw = read_table(filesystem, path, location)
    header = header_of(raw, public(location))
    typed = _typed(pd.DataFrame({ours: raw[theirs] for ours, theirs in header.found.items()}), public(location))
    slashed, about_slashes = paths.with_slashes(typed["path"], public(location))
    typed, notes = typed.assign(path=slashed), (*header.notes, *about_slashes)
    if "clip_id" not in typed.columns:
        typed = typed.assign(clip_id=paths.ids_of(typed))
        notes = (*notes, "clip ids are made of the paths, without their endings")
    return Understood(layout="table", frame=paths.resolved(typed, folder_of(location if "://" in location else path)), notes=notes)


def _typed(frame: pd.DataFrame, location: str) -> pd.DataFrame:
    """Every column as the schema has it; blank text is null."""
    typed = pd.DataFrame(index=frame.index)
    for name in frame.columns:
        column = frame[name]
        match name:
            case "path":
                typed[name] = values.plain_text(column)
            case "start_s" | "stop_s":
                typed[name] = values.seconds(column, name, location)
            case "split":
                typed[name] = values.splits(column, location)
            case "region":
                typed[name] = values.regions(column, location)
            case "label" | "subject":
                typed[name] = values.known(column)
            case _:
                typed[name] = values.names(column)
    for name in {*REQUIRED, "clip_id"}.intersection(typed.columns):
        if (missing := typed[name].isna()).any():
            raise ConfigError(f"{location}: {int(missing.sum())} row(s) without {name}, the first is row {int(missing.argmax()) + 1}")
    return typed


def _completed(frame: pd.DataFrame) -> pd.DataFrame:
    """With nulls for the columns that are not there."""
    types = {field.name: "object" if field.type == REGION else "Float64" if field.type == pa.float64() else "string" for field in CLIPS}
    return frame.assign(
        **{
            name: pd.Series([pd.NA] * len(frame), index=frame.index, dtype=type_)
            for name, type_ in types.items()
            if name not in frame.columns
        }
    )


def _column(frame: pd.DataFrame, field: pa.Field) -> pa.Array:
    if field.type == REGION:  # lists in a column of objects, where pandas' own converter knows none of a fixed size
        return pa.array([value if isinstance(value, list) else None for value in frame[field.name]], field.type)
    values = pa.array(frame[field.name], field.type, from_pandas=True)
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _labelled(
    frame: pd.DataFrame, location: str, options: ReadOptions, layout: str, *, needs_labels: bool
) -> tuple[pd.DataFrame, list[str], dict[str, list[str]]]:
    """The frame with labels of the seven; what to say of words that were mapped; the clips that were left out, by rule."""
    mapped, known, other = options.label_map(), {}, []
    for label in frame["label"].dropna().unique():
        try:
            known[label] = mapped.get(label.strip().lower()) or emotion(label)
        except ConfigError:
            other.append(label)
    words = frame["label"].str.strip().str.lower()
    notes = [
        f"label {word} is read as {target}, as --map-label says: {int((words == word).sum()):,} clips" for word, target in mapped.items()
    ]
    is_other, left_out = frame["label"].isin(other), {}
    shown = ", ".join(map(repr, sorted(other)[:_SHOWN]))
    if other and options.skip_other_labels:
        left_out = {f"{_OTHER_LABELS} ({shown})": frame["clip_id"][is_other].tolist()}
        frame = frame[~is_other].reset_index(drop=True)
    elif other and needs_labels:
        unlabelled = ", read the folder without labels (--layout unlabelled)" if layout.endswith("label/name") else ""
        raise ConfigError(
            f"{public(location)}: {int(is_other.sum())} clip(s) with {_OTHER_LABELS} ({', '.join(EMOTIONS)}): {shown}; correct them, say "
            f"what they stand for (--map-label calm=neutral){unlabelled}, or leave those clips out with --skip-other-labels"
        )
    elif other:
        notes.append(
            f"{_OTHER_LABELS} are no labels here: {int(is_other.sum()):,} clips ({shown}); --map-label calm=neutral makes them one"
        )
    return frame.assign(label=frame["label"].map(known).astype("string")), notes, left_out


def _check_ids(frame: pd.DataFrame, location: str) -> None:
    repeated = frame["clip_id"][frame["clip_id"].duplicated()].unique()
    if len(repeated):
        shown = ", ".join(repeated[:_SHOWN])
        raise ConfigError(f"{public(location)}: clip_id must be unique, {len(repeated)} come twice or more: {shown}")


def _check_ranges(frame: pd.DataFrame, location: str) -> None:
    start_s, stop_s = frame["start_s"].fillna(0.0), frame["stop_s"].fillna(float("inf"))
    wrong = frame["clip_id"][~((start_s >= 0) & (start_s < stop_s))]
    if len(wrong):
        shown = ", ".join(wrong[:_SHOWN])
        raise ConfigError(f"{public(location)}: {len(wrong)} range(s) without 0 <= start_s < stop_s: {shown}")
