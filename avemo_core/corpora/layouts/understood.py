"""A corpus folder as it is handed to a layout, and what the layout makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class CorpusFolder:
    """A folder on a disk or in a store: the names of its files, and a way to read those that list labels."""

    paths: Sequence[PurePosixPath]
    """All files below the folder, relative to it, hidden ones left out, sorted."""
    read: Callable[[PurePosixPath], bytes]
    """The whole content of one of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LayoutRow:
    """One clip as its corpus describes it; None where the corpus is silent."""

    path: PurePosixPath
    """Relative to the folder."""
    label: str | None = None
    """In the corpus's own words, such as `calm`: which of the seven emotions it is, is not decided here."""
    split: str | None = None
    """train, val or test."""
    subject: str | None = None
    """The person, under a name that no other corpus uses, such as `ravdess-01`."""
    start_s: float | None = None
    """Start of the half-open range on the file's clock; None: the file's start."""
    stop_s: float | None = None
    """End of the range, exclusive; None: the file's end."""
    region: tuple[float, float, float, float] | None = None
    """Where in the picture the person is: x0, y0, x1, y1 as shares of its width and height, from the top left; None: anywhere."""
    clip_id: str | None = None
    """The clip's name; None: its path without the ending."""


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What a folder was taken for."""

    layout: str
    """The layout's name."""
    rows: Sequence[LayoutRow]
    left_out: Mapping[str, Sequence[PurePosixPath]]
    """A rule in words, such as `a silent copy (02) of a performance with sound` -> the files that it left out."""
    folds: Sequence[str]
    """Names of the published folds; empty where there are none."""
    fold: str | None
    """The fold that the splits were taken from; None: the corpus has none, or none was asked for."""
    lists: Sequence[PurePosixPath] = ()
    """The side files that say what is known of the clips."""


_LEFT_BY_SYSTEMS = frozenset({"__macosx", "@eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found"})
"""Folders that archives, network disks and systems leave, lower case: copies in halves, thumbnails, what was deleted."""


def is_hidden(path: PurePosixPath) -> bool:
    """Whether the file, or a folder it lies in, is one that systems and tools leave for themselves, such as `._a.mp4`."""
    return any(part.startswith(".") or part.lower() in _LEFT_BY_SYSTEMS for part in path.parts)
