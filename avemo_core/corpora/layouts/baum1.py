"""BAUM-1 (Zhalehpour et al. 2017): clips by person, acted (a) and spontaneous (s), labelled in one table of each.

BAUM1s_MP4 - All/s001/S001_001.mp4                 Annotations_BAUM1s.xlsx, saved as csv
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.layouts.layout import Contents, Layout, Opened, Recording, Request, separator_of, text
from avemo_core.corpora.layouts.understood import LayoutRow

_NAME: Final = re.compile(r"S(\d{3})_\d{3}", re.IGNORECASE)
_CSV: Final = re.compile(r"annotations?_baum-?1([as])\.csv", re.IGNORECASE)
_PART: Final = re.compile(r"baum-?1([as])", re.IGNORECASE)
_EMOTIONS: Final = ("ang", "bor", "bot", "con", "dis", "fea", "hap", "int", "neu", "sad", "sur", "thi", "uns")
"""How its words for emotions and mental states begin, from anger to unsure."""


def _open(contents: Contents, _request: Request) -> Opened | None:
    lists = {match[1].lower(): path for path in contents.lists if (match := _CSV.fullmatch(path.name))}
    if not lists:
        return None
    labels = {f"{part}/{clip}": label for part, path in lists.items() for clip, label in _lines(text(contents, path))}

    def recording(path: PurePosixPath) -> Recording | None:
        match = _NAME.fullmatch(path.stem)
        return match and _recording(path, match[1], labels, _part(path) or next(iter(lists)))

    return Opened(recording=recording, lists=list(lists.values()), listed=labels)


def _lines(content: str) -> Iterator[tuple[str, str]]:
    """Clip and label of every line that has both, wherever the columns stand: copies of the table differ in them."""
    for cells in csv.reader(content.splitlines(), delimiter=separator_of(content)):
        words = [cell.strip() for cell in cells]
        clips = [word.upper() for word in words if _NAME.fullmatch(word)]
        labels = [word.lower() for word in words if word.lower().startswith(_EMOTIONS)]
        if clips and labels:
            yield clips[0], labels[0]


def _part(path: PurePosixPath) -> str | None:
    """Acted or spontaneous, by the folder's name; the two count their clips alike."""
    return next((match[1].lower() for name in path.parts[:-1] if (match := _PART.match(name))), None)


def _recording(path: PurePosixPath, person: str, labels: dict[str, str], part: str) -> Recording:
    clip = f"{part}/{path.stem.upper()}"
    if clip not in labels:
        return Recording(left_out=f"no label in Annotations_BAUM1{part}.csv")
    row = LayoutRow(path=path, label=labels[clip], subject=f"baum-1-{person}")
    return Recording(rows=(row,), performance=clip, fold=person)


BAUM_1: Final = Layout(
    name="BAUM-1",
    open=_open,
    follows=lambda path: _NAME.fullmatch(path.stem) is not None and re.fullmatch(r"s\d{3}", path.parent.name, re.IGNORECASE) is not None,
    side_file="Annotations_BAUM1s.csv (save Annotations_BAUM1s.xlsx as csv, under that name)",
)
