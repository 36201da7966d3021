"""MER2023 to MER2026 (Lian et al. 2023): clips from films, some labelled in csv files with the columns name and discrete.

    train/sample_00001998.avi, video/NAME.mp4          train-label.csv, label-disdim.csv, track1_train_disdim.csv, ...

The challenges hand out far more clips than labels: a clip that no csv names is read without one.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.layouts.layout import Layout, Opened, Recording, Request, csv_rows, is_media, split_of, text
from avemo_core.corpora.layouts.understood import CorpusFolder, LayoutRow

_COLUMNS: Final = ("name", "discrete")
_DEPTH: Final = 3
"""Folders down to which lists are looked for."""


def _open(folder: CorpusFolder, _request: Request) -> Opened | None:
    lists = [path for path in folder.paths if path.suffix.lower() == ".csv" and len(path.parts) <= _DEPTH and _has_labels(folder, path)]
    labels: dict[str, tuple[str | None, str | None]] = {}
    for path in lists:
        for row in csv_rows(folder, path, _COLUMNS):
            labels[row["name"]] = (row["discrete"] or None, _split(path))
    if not any(path.stem in labels for path in folder.paths if is_media(path)):
        return None

    def recording(path: PurePosixPath) -> Recording:
        label, split = labels.get(path.stem, (None, None))
        return Recording(rows=(LayoutRow(path=path, label=label, split=split),), performance=path.stem)

    return Opened(recording=recording, listed=labels)


def _has_labels(folder: CorpusFolder, path: PurePosixPath) -> bool:
    header = text(folder, path).partition("\n")[0]
    return set(_COLUMNS) <= {name.strip().strip('"').lower() for name in header.split(",")}


def _split(path: PurePosixPath) -> str | None:
    """The split that a list is named after: train-label.csv, test1-label.csv, track1_test_dis.csv."""
    words = re.findall(r"[a-z]+", path.stem.lower())
    return next(filter(None, map(split_of, words)), None)


MER: Final = Layout(name="MER", open=_open, side_file="a csv file with the columns name and discrete that names its clips")
