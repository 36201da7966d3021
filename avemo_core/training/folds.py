"""What stays together when clips are parted, and the split that is made where a table has none."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from avemo_core.evaluation.folds import grouped_folds

MADE_FOLDS: Final = 7
"""Five for training, one each for validation and test: about 70 : 15 : 15."""


def group_of(subject: str | None, source_id: str) -> str:
    """What must stay together: a subject's clips, or one source's rows where the subject is not known."""
    return f"subject {subject}" if subject is not None else f"source {source_id}"


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
