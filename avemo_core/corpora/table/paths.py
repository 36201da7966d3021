"""Paths of a clips table: made absolute as seen from the table's folder, and clips named after them where they have no names."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

import pandas as pd

from avemo_core.corpora.folders import clip_ids
from avemo_core.corpora.media_files import below, without_query
from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public

_ABSOLUTE: Final = r"(?:/|(?:[\w+.-]+::)*[A-Za-z][\w+.-]*://)"
"""A path from the root of the disk, or a URL, perhaps through a cache: simplecache::s3://..."""

_WINDOWS: Final = r"(?:[A-Za-z]:[\\/](?!/)|\\\\)"
"""A drive, C:\\clips, or a share, \\\\server\\clips."""


def with_slashes(paths: pd.Series, location: str) -> tuple[pd.Series, tuple[str, ...]]:
    r"""Paths as this machine writes them, and what to say of that; sub\a.mp4 is sub/a.mp4 where no path has a `/`.

    A file's name may hold a `\` here. It is taken for one where any path of the table has a `/`.

    Raises:
        ConfigError: a path on a drive or a share of Windows, which is none here; names the first one's row, counted from 1.
    """
    if (drives := paths.str.match(_WINDOWS)).any():
        row = int(drives.argmax())
        raise ConfigError(
            f"{location}: row {row + 1} has a path of Windows, {paths.iloc[row]}: write it as this machine sees the file, or relative to "
            "the table's folder"
        )
    backslashes = paths.str.contains("\\", regex=False)
    if not backslashes.any() or paths.str.contains("/", regex=False).any():
        return paths, ()
    return paths.str.replace("\\", "/", regex=False), (f"in {int(backslashes.sum()):,} paths \\ is read as /",)


def resolved(frame: pd.DataFrame, folder: str) -> pd.DataFrame:
    """With absolute paths: relative ones are below the folder, `~` is the home of who starts the command."""
    paths = frame["path"]
    at_home = paths.str.match(r"~[^/]*/")
    if at_home.any():
        paths = paths.mask(at_home, paths.map(os.path.expanduser))
    absolute = paths.str.match(_ABSOLUTE)
    return frame.assign(path=paths.where(absolute, paths.map(partial(below, folder))))


def ids_of(frame: pd.DataFrame) -> list[str]:
    """The path without its ending; of parts of a file with their range behind it."""
    paths = frame["path"].drop_duplicates()
    of_path = dict(zip(paths, clip_ids([public(without_query(path)) for path in paths]), strict=True))
    spans = [""] * len(frame)
    if {"start_s", "stop_s"} & set(frame.columns):
        starts, stops = (frame[name] if name in frame.columns else [pd.NA] * len(frame) for name in ("start_s", "stop_s"))
        spans = [_span(start, stop) for start, stop in zip(starts, stops, strict=True)]
    return [of_path[path] + span for path, span in zip(frame["path"], spans, strict=True)]


def _span(start: Any, stop: Any) -> str:  # noqa: ANN401 - a number or pandas' NA
    if pd.isna(start) and pd.isna(stop):
        return ""
    return f":{0 if pd.isna(start) else start:g}-{'' if pd.isna(stop) else format(stop, 'g')}"
