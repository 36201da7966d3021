"""Clips that come as files: a corpus folder, a folder of unlabelled videos or sound files, a glob, one file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

import pandas as pd

from avemo_core.corpora import layouts
from avemo_core.corpora.corpus_folder import corpus_folder, files_below
from avemo_core.corpora.layouts import CorpusFolder, LayoutRow
from avemo_core.corpora.media_files import below, folder_of, is_media, without_query
from avemo_core.corpora.options import ReadOptions
from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public

NO_MEDIA: Final = "neither video nor sound"

_UNLABELLED: Final = "unlabelled"
_TABLES: Final = frozenset({".csv", ".tsv", ".parquet", ".xlsx", ".xls", ".ods", ".json", ".jsonl"})
"""Endings of what may hold labels."""

_SAMPLE: Final = 1000
"""Files that are asked whether they follow a corpus by their folder's name."""
_SHOWN: Final = 3


@dataclass(frozen=True, kw_only=True)
class Files:
    """The files that a location names, and how each is opened."""

    folder: CorpusFolder
    """They and what lies beside them, relative to one folder."""
    address: str
    """The folder, as the user named it."""
    only: str | None = None
    """Address of the only file, with what it asks a web server; None: they are a folder's."""

    def addresses(self, paths: Sequence[PurePosixPath]) -> list[str]:
        """By which each file can be opened."""
        return [self.only or below(self.address, path.as_posix()) for path in paths]


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What a table or files say about clips, before labels are known to be of the seven."""

    layout: str
    frame: pd.DataFrame
    """Columns of the clips table, as far as there are any; labels as the corpus has them."""
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Rule -> the files that it leaves out."""
    notes: tuple[str, ...] = ()


def files_in(filesystem: Any, path: str, location: str) -> Files:  # noqa: ANN401 - fsspec is not typed
    """All files below a folder."""
    return Files(folder=corpus_folder(filesystem, path), address=location if "://" in location else path)


def one_file(filesystem: Any, path: str, location: str) -> Files:  # noqa: ANN401 - fsspec is not typed
    """A file by itself; its name is its path."""
    address = location if "://" in location else path
    name = PurePosixPath(without_query(address)).name
    folder = CorpusFolder([PurePosixPath(name)], lambda _name: bytes(filesystem.cat_file(path)))
    return Files(folder=folder, address=folder_of(address), only=address)


def files_of_glob(filesystem: Any, pattern: str, location: str) -> Files:  # noqa: ANN401 - fsspec is not typed
    """The files that a pattern matches, and those below the folders that it matches; the folder is what stands before the pattern.

    Raises:
        ConfigError: it matches none.
    """
    matches = sorted(filesystem.glob(pattern, detail=True).items())
    found = [file for match, info in matches for file in _files_of_match(filesystem, match, info)]
    if not found:
        raise ConfigError(f"no file matches {public(location)}")
    root = _before_pattern(pattern)
    address = _before_pattern(location) if "://" in location else root
    return Files(folder=corpus_folder(filesystem, root, dict.fromkeys(found)), address=address)


def _files_of_match(filesystem: Any, match: str, info: Mapping[str, Any]) -> Iterable[str]:  # noqa: ANN401 - as above
    is_folder = info["type"] != "file" and filesystem.isdir(match)  # a link to a folder is of a type of its own
    return files_below(filesystem, match) if is_folder else [match]


def _before_pattern(address: str) -> str:
    """The folder whose name has no `*`, `?` or `[` in it, nor any above it."""
    return re.split(r"/[^/]*[*?\[]", address, maxsplit=1)[0]


def understand_files(files: Files, options: ReadOptions) -> Understood:
    """What the files say about clips, by the layout that they follow or the one that is asked for. One file by itself says nothing.

    Raises:
        ConfigError: as `layouts.understand`.
    """
    layout = options.layout or (_UNLABELLED if files.only else None)
    try:
        found = layouts.understand(files.folder, layout=layout, fold=options.fold, song=options.song)
    except ConfigError as error:
        hint = "".join(f"\n  {line}" for line in _about_its_name(files, options))
        raise ConfigError(f"{public(files.only or files.address)}: {error}{hint}") from error
    lists = set(found.lists)
    others = [path for path in files.folder.paths if not is_media(path.name) and path not in lists]
    left_out = {**found.left_out, **({NO_MEDIA: others} if others else {})}
    return Understood(
        layout=f"layout {found.layout}",
        frame=_frame(found.rows, files),
        left_out={rule: [path.as_posix() for path in paths] for rule, paths in left_out.items()},
        notes=(*_about_lists(found), *_about_folds(found), *about_the_rest(found, files, options)),
    )


def _frame(rows: Sequence[LayoutRow], files: Files) -> pd.DataFrame:
    ids = dict(zip((row.path for row in rows), clip_ids([row.path.as_posix() for row in rows]), strict=True))
    text = {
        "clip_id": [row.clip_id or ids[row.path] for row in rows],
        "path": files.addresses([row.path for row in rows]),
        **{name: [getattr(row, name) for row in rows] for name in ("label", "split", "subject")},
    }
    seconds = {name: [getattr(row, name) for row in rows] for name in ("start_s", "stop_s")}
    return pd.DataFrame(
        {
            **{name: pd.array(values, dtype="string") for name, values in text.items()},
            **{name: pd.array(values, dtype="Float64") for name, values in seconds.items()},
            "region": pd.Series([row.region and list(row.region) for row in rows], dtype=object),
        }
    )


def _about_folds(found: layouts.Understood) -> tuple[str, ...]:
    if not found.folds:
        return ()
    return (
        f"fold {found.fold} of {len(found.folds)}"
        if found.fold
        else f"{len(found.folds)} published folds; --fold takes one for the splits",
    )


def _about_lists(found: layouts.Understood) -> tuple[str, ...]:
    shown = _shown([path.as_posix() for path in found.lists])
    return (f"lists that were read: {len(found.lists):,} ({shown})",) if found.lists else ()


def about_the_rest(found: layouts.Understood, files: Files, options: ReadOptions) -> tuple[str, ...]:
    """What might have said more of clips without labels, and a clips table beside any."""
    lists = set(found.lists)
    tables = [path.as_posix() for path in files.folder.paths if path.suffix.lower() in _TABLES and path not in lists]
    if found.layout != _UNLABELLED:
        tables = [path for path in tables if path.startswith("clips.")]  # the name that this program gives
    said = (f"no table beside the clips is read ({_shown(tables)}): to use one, give it instead of its folder",) if tables else ()
    if found.layout != _UNLABELLED or options.layout is not None or files.only:
        return said
    notes = [*said]
    if names := sorted({row.path.parent.name for row in found.rows} - {""}):
        notes.append(f"the folders ({_shown(names)}) name no emotion and are no labels; --layout label/name takes them for labels")
    return (*notes, *_about_its_name(files, options))


def _about_its_name(files: Files, options: ReadOptions) -> tuple[str, ...]:
    """Where the files follow a corpus by the name of the folder itself, as those of one person's folder do."""
    name = PurePosixPath(without_query(files.address)).name
    if not name or files.only or options.layout or "::" in files.address:
        return ()
    paths = files.folder.paths[:: max(len(files.folder.paths) // _SAMPLE, 1)]
    above = CorpusFolder([name / path for path in paths], lambda path: files.folder.read(path.relative_to(name)))
    try:
        found = layouts.understand(above, song=options.song)
    except ConfigError:
        return ()
    if found.layout == _UNLABELLED:
        return ()
    return (f"with the name of the folder itself, {name}, its files follow {found.layout}: give the folder above it",)


def _shown(names: Sequence[str]) -> str:
    return ", ".join([*names[:_SHOWN], *(["..."] if len(names) > _SHOWN else [])])


def clip_ids(paths: Sequence[str]) -> list[str]:
    """Each path without its ending; with it where two files would have one id."""
    stems = [path.removesuffix(PurePosixPath(path).suffix) for path in paths]
    times = Counter(dict(zip(paths, stems, strict=True)).values())
    return [stem if times[stem] == 1 else path for stem, path in zip(stems, paths, strict=True)]
