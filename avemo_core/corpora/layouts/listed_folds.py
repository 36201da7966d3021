"""DFEW and MAFW: clips from films, numbered, whose labels and five folds are lists beside them. They name no people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.layouts.layout import Contents, Layout, Opened, Recording, Request, csv_rows, text
from avemo_core.corpora.layouts.understood import LayoutRow
from avemo_core.errors import ConfigError

_Lists = Callable[[Contents, PurePosixPath], Iterable[tuple[str, str]]]
"""Clip and label, line by line."""

_DFEW_SETS: Final = re.compile(r"(?:.*/)?(?P<split>train|test)[^/]*single[^/]*/set_(?P<fold>\d+)\.csv", re.IGNORECASE)
_DFEW_EMOTIONS: Final = {"1": "happy", "2": "sad", "3": "neutral", "4": "angry", "5": "surprise", "6": "disgust", "7": "fear"}
_MAFW_SETS: Final = re.compile(r"(?:.*/)?single/no_caption/set_(?P<fold>\d+)/(?P<split>train|test)\.txt", re.IGNORECASE)


def _dfew_lines(contents: Contents, path: PurePosixPath) -> Iterable[tuple[str, str]]:
    for row in csv_rows(contents, path, ("video_name", "label")):
        if row["label"] not in _DFEW_EMOTIONS:
            raise ConfigError(f"{path}: expected labels 1 to 7, found {row['label']!r} for {row['video_name']}")
        yield _number(row["video_name"]), _DFEW_EMOTIONS[row["label"]]


def _mafw_lines(contents: Contents, path: PurePosixPath) -> Iterable[tuple[str, str]]:
    for line in filter(None, map(str.strip, text(contents, path).splitlines())):
        name, _, label = line.partition(" ")
        yield _number(name), label.strip()


def _number(name: str) -> str:
    """A clip's number as DFEW and MAFW list it: 1, 00001, 00001.mp4 -> 1."""
    return PurePosixPath(name).stem.lstrip("0") or "0"


def _is_dfew(path: PurePosixPath) -> bool:
    """Clip/original/N.mp4 (Jiang et al. 2020); the other folders of Clip hold faces that were cut out."""
    return path.stem.isdecimal() and "Clip" in path.parts[:-1]


def _is_mafw(path: PurePosixPath) -> bool:
    """data/clips/N.mp4 (Liu et al. 2022)."""
    return path.stem.isdecimal() and len(path.stem) == 5 and path.parent.name == "clips"


def _is_cropped(path: PurePosixPath) -> bool:
    return "Clip" in path.parts[:-1] and "original" not in path.parts[:-1]


def _open(name: str, sets: re.Pattern[str], lines: _Lists, follows: Callable[[PurePosixPath], bool]) -> Callable[..., Opened | None]:
    def opened(contents: Contents, request: Request) -> Opened | None:
        lists = [(match["fold"], match["split"].lower(), path) for path in contents.lists if (match := sets.fullmatch(path.as_posix()))]
        if not lists:
            return None
        folds = sorted({fold for fold, _, _ in lists}, key=int)
        # Every fold lists all clips: the first says which have a label, where the fold asked for is none of them.
        taken = request.fold if request.fold in folds else folds[0]
        labels = {clip: (label, split) for fold, split, path in lists if fold == taken for clip, label in lines(contents, path)}

        def recording(path: PurePosixPath) -> Recording | None:
            return _recording(path, labels, name) if follows(path) else None

        return Opened(recording=recording, folds=folds, fold_is_needed=True, lists=[path for _, _, path in lists], listed=labels)

    return opened


def _recording(path: PurePosixPath, labels: dict[str, tuple[str, str]], name: str) -> Recording:
    if _is_cropped(path):
        return Recording(left_out="faces cut out of a clip; clips are read from Clip/original")
    number = _number(path.name)
    if number not in labels:
        return Recording(left_out=f"no single label in the lists of {name}")
    label, split = labels[number]
    return Recording(rows=(LayoutRow(path=path, label=label, split=split),), performance=number)


DFEW: Final = Layout(
    name="DFEW",
    open=_open("DFEW", _DFEW_SETS, _dfew_lines, _is_dfew),
    follows=_is_dfew,
    side_file="EmoLabel_DataSplit/train(single-labeled)/set_1.csv, with its like,",
)
MAFW: Final = Layout(
    name="MAFW",
    open=_open("MAFW", _MAFW_SETS, _mafw_lines, _is_mafw),
    follows=_is_mafw,
    side_file="Train & Test Set/single/no_caption/set_1/train.txt, with its like,",
)
