"""Corpus folders in memory: names of clips, and side files with their content."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from avemo_core.corpora.layouts import CorpusFolder, LayoutRow, Understood


def folder(*clips: str, lists: Mapping[str, str | bytes] | None = None) -> CorpusFolder:
    """A folder of empty clips, and of lists."""
    contents = {PurePosixPath(name): text.encode() if isinstance(text, str) else text for name, text in (lists or {}).items()}
    return CorpusFolder(sorted([*map(PurePosixPath, clips), *contents]), contents.__getitem__)


def by_path(understood: Understood) -> dict[str, LayoutRow]:
    """The rows of a corpus whose files are one clip each."""
    return {row.path.as_posix(): row for row in understood.rows}


def labels(understood: Understood) -> dict[str, str | None]:
    return {path: row.label for path, row in by_path(understood).items()}


def splits(understood: Understood) -> dict[str, str | None]:
    return {path: row.split for path, row in by_path(understood).items()}


def left_out(understood: Understood) -> dict[str, list[str]]:
    return {rule: [path.as_posix() for path in paths] for rule, paths in understood.left_out.items()}
