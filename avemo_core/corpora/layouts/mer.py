"""MER2023 to MER2026 (Lian et al. 2023): clips from films, some labelled in csv files with the columns name and discrete.

    train/sample_00001998.avi, video/NAME.mp4          train-label.csv, label-disdim.csv, track1_train_disdim.csv, ...

The challenges hand out far more clips than labels: a clip that no csv names is read without one.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.layouts.layout import Contents, Layout, Opened, Recording, Request, csv_rows, separator_of, split_of, text
from avemo_core.corpora.layouts.understood import LayoutRow

_COLUMNS: Final = ("name", "discrete")
_DEPTH: Final = 3
"""Folders down to which lists are looked for."""


def _open(contents: Contents, _request: Request) -> Opened | None:
    lists = [path for path in contents.lists if path.suffix.lower() == ".csv" and len(path.parts) <= _DEPTH and _has_labels(contents, path)]
    labels: dict[str, tuple[str | None, str | None]] = {}
    for path in lists:
        for row in csv_rows(contents, path, _COLUMNS):
            labels[row["name"]] = (row["discrete"] or None, _split(path))
    if not labels or not any(path.stem in labels for path in contents.media):
        return None

    def recording(path: PurePosixPath) -> Recording:
        label, split = labels.get(path.stem, (None, None))
        return Recording(rows=(LayoutRow(path=path, label=label, split=split),), performance=path.stem)

    return Opened(recording=recording, lists=lists, listed=labels)


def _has_labels(contents: Contents, path: PurePosixPath) -> bool:
    header = text(contents, path).partition("\n")[0]
    return set(_COLUMNS) <= {name.strip().strip('"').lower() for name in header.split(separator_of(header))}


def _split(path: PurePosixPath) -> str | None:
    """The split that a list is named after: train-label.csv, test1-label.csv, track1_test_dis.csv."""
    words = re.findall(r"[a-z]+", path.stem.lower())
    return next(filter(None, map(split_of, words)), None)


MER: Final = Layout(name="MER", open=_open, side_file="a csv file with the columns name and discrete that names its clips")
