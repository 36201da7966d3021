"""Grouped folds: no person is in two of them, and every emotion is spread over them as evenly as whole people allow."""

import warnings
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from jaxtyping import Int
from sklearn.model_selection import StratifiedGroupKFold

FOLDS: Final = 5

MADE_FOLDS: Final = 7
"""Five for training, one each for validation and test: about 70 : 15 : 15."""


def group_of(subject: str | None, source_id: str) -> str:
    """What must stay together: a subject's clips, or one source's rows where the subject is not known."""
    return f"subject {subject}" if subject is not None else f"source {source_id}"


def grouped_folds(
    groups: Sequence[str], labels: Sequence[str] | Int[np.ndarray, " clip"], folds: int = FOLDS, seed: int = 0
) -> list[Int[np.ndarray, " _"]]:
    """Indices of each fold's held-out clips, by scikit-learn's `StratifiedGroupKFold`.

    Args:
        groups: of each clip; a group is in one fold.
        labels: of each clip.
        folds: at most so many, and at most one a group.
        seed: of the order in which groups are given to folds.

    Returns:
        As many folds as there can be, none of them empty; a single one, of all clips, where there is one group.
    """
    names, group = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    count = min(folds, len(names))
    if count < 2:
        return [np.arange(len(group))]
    label = np.unique(np.asarray(labels), return_inverse=True)[1]
    if np.bincount(label).max() < count:
        label = np.zeros_like(label)  # no emotion has a clip for every fold, which scikit-learn refuses: even sizes, then
    parts = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)  # some folds will lack that emotion: no matter
        return [held_out for _, held_out in parts.split(label, label, group)]


def made_split(groups: Sequence[str], labels: Sequence[str], seen_groups: Collection[str], seed: int = 0) -> list[str]:
    """Five folds of seven train, one is val, one test.

    `select` parts clips without splits by this too, and sees five folds; what it has not seen is val and test here, though some clips may
    have become rejects since, or others been added. The folds are of unseen groups alone, each about a seventh of all clips:

        selection   | seen ......................... | unseen .. |      2/7 unseen: 2 folds, val and test
        split       | train                          | val | test|

        selection   | seen | unseen .............................|      6/7 unseen: 6 folds, of which the last two
        split       | train                          | val | test|

    Args:
        groups: of each clip.
        labels: of each clip.
        seen_groups: those whose labels the selection of appearance values knows; where it knows all, it is as if it knew none.
        seed: of the folds.

    Returns:
        train, val or test of each clip; no val with two groups, and no test with one.
    """
    unseen = np.array([place for place, group in enumerate(groups) if group not in seen_groups], int)
    if not len(unseen):
        unseen = np.arange(len(groups))  # everything was seen: what is measured will say so
    count = max(2, round(MADE_FOLDS * len(unseen) / len(groups)))
    folds = grouped_folds([groups[place] for place in unseen], [labels[place] for place in unseen], count, seed)
    others_train = len(unseen) < len(groups)
    splits = ["train"] * len(groups)
    for split, fold in zip(("test", "val"), reversed(folds if others_train else folds[1:]), strict=False):
        for clip in unseen[fold]:
            splits[clip] = split
    return splits
