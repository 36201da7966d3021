"""Corpora of folders by split, then emotion: AFEW and CAER. They name no people."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from avemo_core.corpora.layouts.layout import Layout, Recording, by_names, split_of
from avemo_core.corpora.layouts.understood import LayoutRow


def _afew(path: PurePosixPath) -> Recording | None:
    """Split/emotion/name, or test/name where labels are withheld (Dhall et al. 2012); Train or Train_AFEW."""
    parents = [name.lower().removesuffix("_afew") for name in path.parts[:-1]]
    if len(parents) > 1 and (split := split_of(parents[-2])):
        return Recording(rows=(LayoutRow(path=path, label=path.parent.name, split=split),))
    if parents and split_of(parents[-1]) == "test":
        return Recording(rows=(LayoutRow(path=path, split="test"),))
    return None


_CAER_SPLITS: Final = {"train": "train", "validation": "val", "test": "test"}
_CAER_EMOTIONS: Final = frozenset({"Anger", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise"})


def _caer(path: PurePosixPath) -> Recording | None:
    """Split/emotion/number of four digits (Lee et al. 2019); the same people are in all three splits."""
    if len(path.parts) < 3 or not (len(path.stem) == 4 and path.stem.isdecimal()):
        return None
    split, label = path.parts[-3:-1]
    if split not in _CAER_SPLITS or label not in _CAER_EMOTIONS:
        return None
    return Recording(rows=(LayoutRow(path=path, label=label, split=_CAER_SPLITS[split]),))


AFEW: Final[Layout] = by_names("AFEW", _afew)
CAER: Final[Layout] = by_names("CAER", _caer)
