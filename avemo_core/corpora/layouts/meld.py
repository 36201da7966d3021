"""MELD (Poria et al. 2019): turns of dialogues from a series, one video each, with a csv a split.

    train_splits/dia6_utt1.mp4                 train_sent_emo.csv: Utterance, Speaker, Emotion, Dialogue_ID, Utterance_ID, ...
    dev_splits_complete/                       dev_sent_emo.csv
    output_repeated_splits_test/               test_sent_emo.csv

Dialogues are counted in each split anew. The same six friends are in all three.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.layouts.layout import BROKEN, Contents, Layout, Opened, Recording, Request, csv_rows
from avemo_core.corpora.layouts.understood import LayoutRow

_CSV: Final = re.compile(r"(train|dev|test)_sent_emo\.csv")
# `final_videos_testdia93_utt5.mp4` lies among the clips of the test split; its csv does not name it.
_NAME: Final = re.compile(r"(?P<other>final_videos_test)?dia(?P<dialogue>\d+)_utt(?P<turn>\d+)")
_SPLIT: Final = re.compile(r"(?:^|_)(train|dev|test)(?:_|$)")
_BROKEN: Final = frozenset({"train/dia125_utt3"})
_SPLITS: Final = {"train": "train", "dev": "val", "test": "test"}


def _open(contents: Contents, _request: Request) -> Opened | None:
    lists = {match[1]: path for path in contents.lists if (match := _CSV.fullmatch(path.name))}
    if not lists:
        return None
    turns: dict[str, tuple[str, str]] = {}
    for split, path in lists.items():
        for row in csv_rows(contents, path, ("Speaker", "Emotion", "Dialogue_ID", "Utterance_ID")):
            turns[f"{split}/dia{row['Dialogue_ID']}_utt{row['Utterance_ID']}"] = (row["Emotion"], row["Speaker"])

    def recording(path: PurePosixPath) -> Recording | None:
        name = _turn(path)
        return None if name is None else _recording(path, name, turns)

    return Opened(recording=recording, lists=list(lists.values()), listed=turns.keys() - _BROKEN)


def _turn(path: PurePosixPath) -> str | None:
    """The turn as split/name; None where the file does not follow the layout."""
    match = _NAME.fullmatch(path.stem)
    splits = [found[1] for part in reversed(path.parts[:-1]) if (found := _SPLIT.search(part.lower()))]
    return f"{splits[0]}/{path.stem}" if match and splits else None


def _recording(path: PurePosixPath, name: str, turns: dict[str, tuple[str, str]]) -> Recording:
    if name in _BROKEN:
        return Recording(left_out=BROKEN)
    if name not in turns:
        return Recording(left_out="no line in the csv of its split")
    emotion, speaker = turns[name]
    split = _SPLITS[name.partition("/")[0]]
    return Recording(rows=(LayoutRow(path=path, label=emotion, split=split, subject=f"meld-{speaker}"),), performance=name)


MELD: Final = Layout(
    name="MELD",
    open=_open,
    follows=lambda path: _turn(path) is not None,
    side_file="train_sent_emo.csv (dev_sent_emo.csv, test_sent_emo.csv)",
)
