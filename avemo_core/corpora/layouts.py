"""Folder layouts of the field's corpora: what a clip's place and name say about it.

A layout is a function from a clip's path below the corpus folder to what that path says, or None where the path does
not follow the layout. A folder follows a layout when every video in it does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Final, NamedTuple

SUFFIXES: Final = frozenset(
    {
        ".3gp",
        ".asf",
        ".avi",
        ".flv",
        ".m2ts",
        ".m4v",
        ".mkv",
        ".mov",
        ".mp4",
        ".mpeg",
        ".mpg",
        ".mts",
        ".mxf",
        ".ogv",
        ".ts",
        ".webm",
        ".wmv",
        ".vob",
    }
)
"""Endings of video files, lower case; files of another kind in a corpus folder are no clips."""

SPLIT_ALIASES: Final[dict[str, str]] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}


class PathLabels(NamedTuple):
    """What a path says of its clip; None where it is silent."""

    label: str | None
    split: str | None
    subject: str | None


def is_hidden(path: PurePosixPath) -> bool:
    """Whether the file, or a folder it lies in, is one that systems and tools leave for themselves, such as `._a.mp4`."""
    return any(part.startswith(".") for part in path.parts)


def afew(path: PurePosixPath) -> PathLabels | None:
    """Split/Emotion/name, as in AFEW (Dhall et al. 2012)."""
    if len(path.parts) != 3 or path.parts[0].lower() not in SPLIT_ALIASES:
        return None
    return PathLabels(path.parts[1], SPLIT_ALIASES[path.parts[0].lower()], None)


_RAVDESS_EMOTIONS: Final = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")


def ravdess(path: PurePosixPath) -> PathLabels | None:
    """Seven numbers in the name, the third the emotion, the last the actor (Livingstone and Russo 2018)."""
    match = re.fullmatch(r"\d\d-\d\d-0([1-8])-\d\d-\d\d-\d\d-(\d\d)", path.stem)
    return match and PathLabels(_RAVDESS_EMOTIONS[int(match[1]) - 1], None, f"actor-{match[2]}")


def crema_d(path: PurePosixPath) -> PathLabels | None:
    """Actor_sentence_emotion_level in the name (Cao et al. 2014)."""
    match = re.fullmatch(r"(\d{4})_[A-Z]{3}_(ANG|DIS|FEA|HAP|NEU|SAD)_[A-Z]{2}", path.stem)
    return match and PathLabels(match[2], None, f"actor-{match[1]}")


_JAVA_SED_EMOTIONS: Final = ("neutral", "sad", "happy", "surprise", "fear", "angry")


def java_sed(path: PurePosixPath) -> PathLabels | None:
    """Actor-sentence-emotion_take in the name (Arifin et al. 2022)."""
    match = re.fullmatch(r"(\d\d)-\d\d-0([1-6])_\d\d", path.stem)
    return match and PathLabels(_JAVA_SED_EMOTIONS[int(match[2]) - 1], None, f"actor-{match[1]}")


def plain(path: PurePosixPath) -> PathLabels | None:
    """Label/name."""
    return PathLabels(path.parts[0], None, None) if len(path.parts) == 2 else None


LAYOUTS: Final[dict[str, Callable[[PurePosixPath], PathLabels | None]]] = {
    "AFEW": afew,
    "RAVDESS": ravdess,
    "CREMA-D": crema_d,
    "Java-SED": java_sed,
    "label/name": plain,
}
"""Tried in this order: names that follow a corpus's own rule come before the plain layout, which asks least."""


def recognise(paths: Sequence[PurePosixPath]) -> list[PathLabels] | None:
    """What each path says under the first layout that all of them follow; None when there is none."""
    for layout in LAYOUTS.values():
        places = [place for path in paths if (place := layout(path)) is not None]
        if len(places) == len(paths):
            return places
    return None
