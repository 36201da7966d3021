"""Corpora of folders by person, then emotion: MEAD and eNTERFACE'05."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.layouts.layout import Layout, Recording, by_names
from avemo_core.corpora.layouts.understood import LayoutRow

_MEAD: Final = re.compile(
    r"(?:.*/)?(?P<person>[MW]\d{3})/"
    r"(?:video/(?P<view>front|down|top|left_\d+|right_\d+)/|audio/)"
    r"(?P<take>(?P<label>angry|contempt|disgusted|fear|happy|neutral|sad|surprised)/level_\d/[^/]+)"
)


def _mead(path: PurePosixPath) -> Recording | None:
    """Person/video/view/emotion/level/take, person/audio/emotion/level/take (Wang et al. 2020): one take, seven cameras."""
    match = _MEAD.fullmatch(path.with_suffix("").as_posix())
    if match is None:
        return None
    person, view = match["person"], match["view"] or "front"
    if view != "front":
        return Recording(left_out="a view other than the front one")
    row = LayoutRow(path=path, label=match["label"], subject=f"mead-{person}")
    return Recording(rows=(row,), performance=f"{person}/{match['take']}", fold=person)


_ENTERFACE: Final = re.compile(
    r"(?:.*/)?subject[ _](\d+)/(anger|disgust|fear|happiness|sadness|surprise)/(?:sentence[ _]\d+/)?[^/]+", re.IGNORECASE
)


def _enterface(path: PurePosixPath) -> Recording | None:
    """Subject/emotion/sentence/name (Martin et al. 2006).

    The person is the folder's: subject 11's files are named after subject 12. Subject 6 has no folders for sentences.
    """
    match = _ENTERFACE.fullmatch(path.as_posix())
    if match is None:
        return None
    person = f"{int(match[1]):02}"
    return Recording(rows=(LayoutRow(path=path, label=match[2].lower(), subject=f"enterface-{person}"),), fold=person)


MEAD: Final[Layout] = by_names("MEAD", _mead)
ENTERFACE: Final[Layout] = by_names("eNTERFACE'05", _enterface)
