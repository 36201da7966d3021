"""Which column of a user's table is which of ours: by its name without blanks and case, or by another name that is in use.

    the table's header      Clip ID     fileName    Emotion    Speaker   Start (s)   lable
    read as                 clip_id     path        label      subject   start_s     -        the last one is named, and not read

Another name is taken where nothing else could be meant: where the table has no column of our own name, and one such name only.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from avemo_core.corpora.labels import is_label
from avemo_core.corpora.layouts import SPLIT_ALIASES
from avemo_core.corpora.media_files import is_media
from avemo_core.errors import ConfigError
from schemas.clips import CLIPS, REQUIRED

OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "clip_id": ("clip", "id", "utterance_id", "name"),
    "path": ("file", "filename", "file_name", "filepath", "file_path", "video", "uri", "url", "name"),
    "label": ("emotion", "emo", "class"),
    "split": ("set", "subset", "partition"),
    "subject": ("subject_id", "speaker", "speaker_id", "actor", "actor_id", "person", "participant"),
    "start_s": ("start", "start_time", "begin", "onset"),
    "stop_s": ("stop", "stop_time", "end", "end_s", "end_time"),
    "region": (),
}
"""Names that others give to our columns."""

_OFTEN_OTHERWISE: Final = frozenset({"name", "id", "clip", "video", "class", "set", "subset", "partition"})
"""Names that mean something else as often: they are taken where their values are such as our column has."""

_HINTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("duration", "duration_s", "length", "length_s"), "stop_s, which is start_s and the duration"),
    **dict.fromkeys(("start_frame", "frame_start", "first_frame"), "start_s, which is the frame by the frame rate"),
    **dict.fromkeys(("end_frame", "stop_frame", "frame_end", "last_frame"), "stop_s, which is the frame by the frame rate"),
    **dict.fromkeys(("bbox", "box", "roi", "face_box", "bounding_box"), "region, x0,y0,x1,y1 as shares of the picture"),
}
"""Columns that say what one of ours would, in other terms, and what to write instead."""

_NEAR: Final = 0.8
"""Similarity, 0 to 1, from which a column's name looks like one of ours; `lable` has 0.8."""
_SHOWN: Final = 10
"""How many columns that are not read a line names."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """Where the columns of the schema are in a table."""

    found: Mapping[str, str]
    """Our column -> the table's own name for it."""
    notes: tuple[str, ...]
    """What is to be said: names taken for ours, and columns that are not read."""


def header_of(frame: pd.DataFrame, location: str) -> Header:
    """Find our columns in a table.

    Args:
        frame: the table as it was read; its values decide what `name` is.
        location: for messages.

    Raises:
        ConfigError: a column comes twice, or there is none for the path.
    """
    columns = [str(column) for column in frame.columns]
    found = _by_our_names(columns, location)
    taken: dict[str, str] = {}
    notes: list[str] = []
    torn: set[str] = set()
    for ours in sorted(set(OTHER_NAMES) - set(found), key=lambda name: name == "clip_id"):  # `name` is a path before it is an id
        others = {_plain(name) for name in OTHER_NAMES[ours]}
        candidates = [column for column in columns if _plain(column) in others and column not in taken.values()]
        candidates = [column for column in candidates if _plain(column) not in _OFTEN_OTHERWISE or _holds(ours, frame[column])]
        if len(candidates) == 1:
            taken[ours] = candidates[0]
        elif candidates:
            notes.append(f"{' and '.join(candidates)} could both be {ours}: neither is read; call the right one {ours}")
            torn |= set(candidates)
    notes = [*(f"column {theirs} is read as {ours}" for ours, theirs in sorted(taken.items())), *notes]
    found |= taken
    notes += _unread([column for column in columns if column not in {*found.values(), *torn}], found)
    missing = [ours for ours in REQUIRED if ours not in found]
    if missing:
        said = "".join(f"\n  {note}" for note in [*_about_header(columns), *notes])
        raise ConfigError(f"{location} lacks the column(s) {', '.join(missing)}: found {', '.join(columns) or 'none'}{said}")
    return Header(found=found, notes=tuple(notes))


def _plain(column: str) -> str:
    """A name without case, blanks and lines, and `(s)` behind it, the unit that ours are in."""
    bare = re.sub(r"[\(\[](?:s|secs?|seconds)[\)\]]\s*$", "", column.strip().casefold())
    return re.sub(r"[\s_-]+", "", bare)


_OURS: Final = {_plain(name): name for name in CLIPS.names}


def _about_header(columns: Sequence[str]) -> list[str]:
    """Where the first row is a clip already."""
    clips = [column for column in columns if is_media(column)]
    return [f"its first row has {clips[0]}: a table begins with the names of its columns, such as path,label"] if clips else []


def _by_our_names(columns: Sequence[str], location: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        repeated = re.fullmatch(r"(.+)\.\d+", column)
        # pandas numbers a name that comes again
        name = repeated[1] if repeated and repeated[1] in columns else column
        ours = _OURS.get(_plain(name))
        if ours is None:
            continue
        if ours in found:
            raise ConfigError(f"{location}: two columns are {ours}: {found[ours]!r} and {column!r}; leave one of them")
        found[ours] = column
    return found


def _holds(ours: str, values: pd.Series) -> bool:
    """Whether the values are such as our column has."""
    present = values.dropna().astype(str)
    if ours == "clip_id":
        return bool(len(present) == len(values) and present.is_unique)
    fits = {"path": is_media, "label": is_label, "split": lambda word: word.strip().lower() in SPLIT_ALIASES}[ours]
    return bool(len(present) and present.drop_duplicates().map(fits).mean() > 0.5)


def _unread(columns: Sequence[str], found: Mapping[str, str]) -> list[str]:
    """Lines about columns that are not read; the numbers that pandas writes for rows are none."""
    columns = [column for column in columns if not re.fullmatch(r"Unnamed: \d+|__index_level_\d+__|", column)]
    hints = {column: hint for column in columns if (hint := _hint(column, found))}
    lines = [f"column {column} is not read: {hint}" for column, hint in hints.items()]
    others = [column for column in columns if column not in hints]
    near = {column: ours for column in others if (ours := _looks_like(column)) is not None}
    lines += [f"column {column} looks like {ours} and is not read{_because(ours, found)}" for column, ours in near.items()]
    others = [column for column in others if column not in near]
    if others:
        more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        lines.append(f"columns that are not read: {', '.join(others[:_SHOWN])}{more}")
    return lines


def _hint(column: str, found: Mapping[str, str]) -> str | None:
    """What to write instead of a column that says by other words what one of ours, that is not there, says."""
    ours = {_plain(name): hint for name, hint in _HINTS.items()}.get(_plain(column))
    return f"write {ours}" if ours and ours.partition(",")[0] not in found else None


def _because(ours: str, found: Mapping[str, str]) -> str:
    return f", as {found[ours]} is" if ours in found else f": call it {ours} if it is"


def _looks_like(column: str) -> str | None:
    """The column of ours that a name is near to."""
    names = {_plain(name): ours for ours, others in OTHER_NAMES.items() for name in (ours, *others)}
    plain = _plain(re.sub(r"\.\d+$", "", column))
    near = difflib.get_close_matches(plain, [name for name in names if len(name) > 3], n=1, cutoff=_NEAR)
    return names[near[0]] if near else names.get(plain)
