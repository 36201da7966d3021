"""MSP-IMPROV (Busso et al. 2017): turns by twelve actors in six sessions, labelled in one list under another prefix.

session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01.avi     Evaluation.txt: UTD-IMPROV-S01A-F01-P-FM01.avi; A; A:1.0; ...
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.layouts.layout import Contents, Layout, Opened, Recording, Request, text
from avemo_core.corpora.layouts.understood import LayoutRow

_NAME: Final = re.compile(r"MSP-IMPROV-(?P<turn>S\d\d[A-Z]-(?P<actor>[FM]0(?P<session>\d))-[A-Z]-[FM]{2}\d\d)")
_LINE: Final = re.compile(r"UTD-IMPROV-([A-Z0-9-]+)\.avi\s*;\s*([A-Z])\s*;")
_LISTS: Final = frozenset({"evaluation.txt", "evalution.txt"})
"""The release spells it both ways."""
_EMOTIONS: Final = {"A": "angry", "H": "happy", "S": "sad", "N": "neutral", "O": "other"}
"""X, on which the raters did not agree, is no label."""


def _open(contents: Contents, _request: Request) -> Opened | None:
    lists = [path for path in contents.lists if path.name.lower() in _LISTS]
    if not lists:
        return None
    labels = {match[1]: _EMOTIONS.get(match[2]) for path in lists for match in _LINE.finditer(text(contents, path))}

    def recording(path: PurePosixPath) -> Recording | None:
        match = _NAME.fullmatch(path.stem)
        return match and _recording(path, match, labels)

    return Opened(recording=recording, lists=lists, listed=labels)


def _recording(path: PurePosixPath, match: re.Match[str], labels: dict[str, str | None]) -> Recording:
    turn = match["turn"]
    if turn not in labels:
        return Recording(left_out="no line in Evaluation.txt")
    row = LayoutRow(path=path, label=labels[turn], subject=f"msp-improv-{match['actor']}")
    return Recording(rows=(row,), performance=turn, fold=match["session"])


MSP_IMPROV: Final = Layout(
    name="MSP-IMPROV", open=_open, follows=lambda path: _NAME.fullmatch(path.stem) is not None, side_file="Evaluation.txt"
)
