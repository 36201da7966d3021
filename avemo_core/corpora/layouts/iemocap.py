"""IEMOCAP (Busso et al. 2008): dialogues of two actors, filmed side by side; lists say who spoke when, and how it sounded.

    Session1/dialog/avi/DivX/Ses01F_impro01.avi        a dialogue: the actor named in it, F, is in the left half
    Session1/dialog/EmoEvaluation/Ses01F_impro01.txt   [6.2901 - 8.2357] TAB Ses01F_impro01_F000 TAB neu TAB [2.5, 2.5, 2.5]
    Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav

    +---------------------+---------------------+
    |  wears the markers: |     the other       |
    |  Ses01F -> F        |     Ses01F -> M     |
    +---------------------+---------------------+
    0                    0.5                    1

That the named actor is on the left is how two independent public programs cut the halves; a third goes by sex (women left), and so
disagrees where a man is named. None of us has the corpus: look at one film of each kind before you trust it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from avemo_core.corpora.layouts.layout import Contents, Layout, Opened, Recording, Request, is_sound, text
from avemo_core.corpora.layouts.understood import LayoutRow

_DIALOGUE: Final = re.compile(r"Ses0(?P<session>\d)(?P<left>[FM])_(?:impro|script)\d\d[a-z]?(?:_\d[a-z]?)?")
_TURN: Final = re.compile(rf"(?P<dialogue>{_DIALOGUE.pattern})_(?P<person>[FM])(?:\d{{3}}|XX\d)")
_LINE: Final = re.compile(r"\[(?P<start>[\d.]+) - (?P<stop>[\d.]+)\]\t(?P<turn>\S+)\t(?P<label>\w+)\t")
_EMOTIONS: Final = {
    "ang": "angry",
    "dis": "disgust",
    "exc": "excited",
    "fea": "fear",
    "fru": "frustrated",
    "hap": "happy",
    "neu": "neutral",
    "oth": "other",
    "sad": "sad",
    "sur": "surprise",
}
"""The corpus's codes; `xxx`, on which the raters did not agree, is no label."""
_LEFT: Final = (0.0, 0.0, 0.5, 1.0)
_RIGHT: Final = (0.5, 0.0, 1.0, 1.0)


class _Turn(NamedTuple):
    name: str
    start_s: float
    stop_s: float
    label: str | None


def _open(contents: Contents, _request: Request) -> Opened | None:
    lists = [path for path in contents.lists if path.suffix == ".txt" and path.parent.name == "EmoEvaluation"]
    if not lists:
        return None
    turns = {turn.name: turn for path in lists for turn in _turns(text(contents, path))}
    by_dialogue: dict[str, list[_Turn]] = defaultdict(list)
    for turn in turns.values():
        by_dialogue[turn.name.rpartition("_")[0]].append(turn)
    filmed = {path.stem for path in contents.media if _is_film(path)}

    def recording(path: PurePosixPath) -> Recording | None:
        if _is_film(path):
            return _film(path, by_dialogue.get(path.stem, []))
        return _sound(path, turns, filmed) if is_sound(path) else None

    return Opened(recording=recording, lists=lists, listed=turns)


def _turns(content: str) -> list[_Turn]:
    found = [match for line in content.splitlines() if (match := _LINE.match(line)) and _TURN.fullmatch(match["turn"])]
    return [_Turn(match["turn"], float(match["start"]), float(match["stop"]), _EMOTIONS.get(match["label"])) for match in found]


def _is_film(path: PurePosixPath) -> bool:
    return not is_sound(path) and _DIALOGUE.fullmatch(path.stem) is not None


def _film(path: PurePosixPath, turns: list[_Turn]) -> Recording:
    if not turns:
        return Recording(left_out="no list of turns in EmoEvaluation")
    left = path.stem[len("Ses01")]
    rows = tuple(
        LayoutRow(
            path=path,
            clip_id=turn.name,
            label=turn.label,
            subject=_subject(turn.name),
            start_s=turn.start_s,
            stop_s=turn.stop_s,
            region=_LEFT if _person(turn.name) == left else _RIGHT,
        )
        for turn in turns
    )
    return Recording(rows=rows, performance=path.stem, fold=_session(path.stem))


def _sound(path: PurePosixPath, turns: dict[str, _Turn], filmed: set[str]) -> Recording | None:
    """A turn cut out as sound, or a dialogue's sound as a whole."""
    name = path.stem
    if _TURN.fullmatch(name) is None:
        return Recording(left_out="the sound of a whole dialogue") if _DIALOGUE.fullmatch(name) else None
    if name.rpartition("_")[0] in filmed:
        return Recording(left_out="the sound of a turn that a video has", performance=name)
    if name not in turns:
        return Recording(left_out="no line in EmoEvaluation")
    row = LayoutRow(path=path, clip_id=name, label=turns[name].label, subject=_subject(name))
    return Recording(rows=(row,), performance=name, fold=_session(name))


def _session(name: str) -> str:
    return name[len("Ses0")]


def _person(turn: str) -> str:
    return turn.rpartition("_")[2][0]


def _subject(turn: str) -> str:
    return f"iemocap-{_session(turn)}{_person(turn)}"


IEMOCAP: Final = Layout(
    name="IEMOCAP",
    open=_open,
    follows=lambda path: bool(_TURN.fullmatch(path.stem) or _DIALOGUE.fullmatch(path.stem)),
    side_file="Session1/dialog/EmoEvaluation/ with its lists",
)
