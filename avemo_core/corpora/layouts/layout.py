"""What a layout is: a rule that says of every video and sound file of a folder what its corpus knows about it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.layouts.understood import LayoutRow
from avemo_core.errors import ConfigError

VIDEO_SUFFIXES: Final = frozenset(
    {
        *(".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".m2ts", ".m2v", ".m4v", ".mkv", ".mov", ".mp4"),
        *(".mpeg", ".mpg", ".mts", ".mxf", ".ogm", ".ogv", ".qt", ".rm", ".rmvb", ".ts", ".vob", ".webm", ".wmv"),
    }
)
"""Endings of video files, lower case."""

SOUND_SUFFIXES: Final = frozenset(
    {
        *(".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a"),
        *(".aac", ".ac3", ".aif", ".aiff", ".amr", ".au", ".caf", ".mka", ".mp2", ".oga", ".w64", ".weba", ".wma", ".wv"),
    }
)
"""Endings of files of sound alone, lower case; the second line is of telephones, recorders and older systems."""

_MEDIA_SUFFIXES: Final = VIDEO_SUFFIXES | SOUND_SUFFIXES

SPLIT_ALIASES: Final[dict[str, str]] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""Names of splits, lower case -> train, val or test."""

COPY: Final = "another file of a performance that is read already"
SOUND_OF_A_VIDEO: Final = "a sound file of a performance that has a video"
BROKEN: Final = "broken in the published corpus"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """What a layout says of one file that follows it."""

    rows: tuple[LayoutRow, ...] = ()
    """Its clips; none where it is left out."""
    left_out: str | None = None
    """The rule that leaves the file out, whatever else is in the folder."""
    performance: str | None = None
    """What the file records: of several files of one performance the best is read. None: two videos are never the same."""
    rank: int = 0
    """Which file of a performance is the best: the lowest."""
    copy_rule: str = COPY
    """The rule that leaves the file out where a better one of its performance is read."""
    fold: str | None = None
    """The published fold in which its clips are tested, where folds are groups of people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What the user said beside the folder."""

    fold: str | None = None
    song: bool = False
    is_forced: bool = False
    """The layout was named, not found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """A folder's files, clips apart from all others: each layout would sort them anew, and a folder may hold a million."""

    media: Sequence[PurePosixPath]
    """Videos and sound files."""
    lists: Sequence[PurePosixPath]
    """All other files, lists of labels among them."""
    read: Callable[[PurePosixPath], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A layout with its side files read."""

    recording: Callable[[PurePosixPath], Recording | None]
    """What it says of a video or sound file; None where the file does not follow it."""
    folds: Sequence[str] = ()
    """Published folds that the side files list; folds that are groups of people come from the recordings."""
    fold_is_needed: bool = False
    """Whether splits hang on a fold, and people are unknown, so that no other splits can be made."""
    lists: Sequence[PurePosixPath] = ()
    """The side files that were read."""
    listed: Collection[str] = ()
    """Performances, or clip ids, that the side files name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """One layout."""

    name: str
    open: Callable[[Contents, Request], Opened | None]
    """Reads the side files; None: they are not there, or the folder as a whole is none of this layout."""
    follows: Callable[[PurePosixPath], bool] | None = None
    """Whether a file bears the corpus's names, for a corpus whose side files are missing; None: names do not tell."""
    side_file: str = ""
    """The file that holds the labels, for a message that it is missing."""
    has_songs: bool = False


def by_names(name: str, recording: Callable[[PurePosixPath], Recording | None]) -> Layout:
    """A layout that reads names alone."""
    return Layout(name=name, open=lambda _contents, _request: Opened(recording=recording))


def is_sound(path: PurePosixPath) -> bool:
    """Whether the file's ending is one of sound alone."""
    return path.suffix.lower() in SOUND_SUFFIXES


def is_media(path: PurePosixPath) -> bool:
    """Whether the file's ending is one of a video or of sound."""
    return path.suffix.lower() in _MEDIA_SUFFIXES


def without_ending(path: PurePosixPath) -> str:
    """The path without its suffix: a clip's name, where its corpus gives it none."""
    return str(path).removesuffix(path.suffix)


def without_copies(
    recordings: Sequence[tuple[PurePosixPath, Recording]],
) -> tuple[list[tuple[PurePosixPath, Recording]], dict[str, list[PurePosixPath]]]:
    """The best recording of each performance, and the files that each rule left out."""
    performances = [recording.performance or without_ending(path) for path, recording in recordings]
    best: dict[str, tuple[PurePosixPath, Recording]] = {}
    for name, (path, recording) in zip(performances, recordings, strict=True):
        if recording.left_out is None and (name not in best or _order(path, recording) < _order(*best[name])):
            best[name] = path, recording
    kept, left_out = [], dict[str, list[PurePosixPath]]()
    for name, (path, recording) in zip(performances, recordings, strict=True):
        rule = recording.left_out or _copy_rule(path, recording, *best[name])
        if rule is None:
            kept.append((path, recording))
        else:
            left_out.setdefault(rule, []).append(path)
    return kept, left_out


def _order(path: PurePosixPath, recording: Recording) -> tuple[int, bool, PurePosixPath]:
    return recording.rank, is_sound(path), path


def _copy_rule(path: PurePosixPath, recording: Recording, best_path: PurePosixPath, best: Recording) -> str | None:
    """The rule that leaves a file out for a better one of its performance; None: it is kept."""
    if recording is best:
        return None
    if is_sound(path) and not is_sound(best_path):
        return SOUND_OF_A_VIDEO
    return None if recording.performance is None else recording.copy_rule


def split_of(name: str) -> str | None:
    """The split that a folder or file is named after; None where it is none."""
    return SPLIT_ALIASES.get(name.lower())


def text(contents: Contents, path: PurePosixPath) -> str:
    """A side file as text: UTF-8, or the Windows code page that older lists are in."""
    content = contents.read(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def separator_of(content: str) -> str:
    """Of a csv's columns: a list that was saved again by a spreadsheet may have semicolons or tabs where its corpus has commas."""
    header = next(filter(str.strip, content.splitlines()), "")
    return max(",;\t", key=header.count)


def csv_rows(contents: Contents, path: PurePosixPath, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """The named columns of a csv file, row by row, stripped.

    Raises:
        ConfigError: the file lacks one of them, or is no csv.
    """
    reader = csv.DictReader(io.StringIO(content := text(contents, path)), skipinitialspace=True, delimiter=separator_of(content))
    try:
        names = {name.strip().lower(): name for name in reader.fieldnames or () if name}
        if missing := [column for column in columns if column.lower() not in names]:
            raise ConfigError(f"{path} lacks the column(s) {', '.join(missing)}: found {', '.join(names) or 'nothing'}")
        for row in reader:
            yield {column: (row[names[column.lower()]] or "").strip() for column in columns}
    except csv.Error as error:
        raise ConfigError(f"{path}: cannot be read as csv: {error}") from error
