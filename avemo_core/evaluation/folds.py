"""Ways to part clips so that everybody is held out once."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Int
from sklearn.model_selection import StratifiedGroupKFold

from avemo_core.errors import ConfigError

PARTS: Final = ("train", "val", "test")

FOLDS: Final = 5


class Fold(NamedTuple):
    """One way to part the clips."""

    name: str
    parts: Mapping[str, Int[np.ndarray, " clip"]]
    """Indices into the clips by `PARTS`; train is never empty."""


def held_out_part(parts: Collection[str]) -> str | None:
    """The part that nothing was learned from: test, or val where there is no test (which chose the epoch, as in the paper's "Val")."""
    return next((part for part in ("test", "val") if part in parts), None)


def leave_out(names: Sequence[str | None], *, with_val: bool, groups: Sequence[str] | None = None) -> list[Fold]:
    """A fold a name: its clips are the test part, `with_val` the next one's choose the epoch, and all others train.

    Args:
        names: of each clip, the subject or the group of people that is left out together; clips of None only train.
        with_val: whether an epoch is chosen; with two names there is nobody left for it.
        groups: of each clip, what stays together: a clip of None does not train where one of its group is held out. None: it always does.
    """
    of = np.array([name or "" for name in names])
    group = None if groups is None else np.array(groups)
    wanted = sorted(set(of) - {""}, key=lambda name: (len(name), name) if name.isdecimal() else (0, name))
    folds = []
    for number, name in enumerate(wanted):
        validator = wanted[(number + 1) % len(wanted)] if with_val and len(wanted) > 2 else None
        parts = {"test": np.flatnonzero(of == name)} | ({"val": np.flatnonzero(of == validator)} if validator else {})
        held_out = np.concatenate(list(parts.values()))
        if group is not None:  # who speaks in another part of a held-out person's file is not known: perhaps that person
            held_out = np.union1d(held_out, np.flatnonzero((of == "") & np.isin(group, group[held_out])))
        folds.append(Fold(str(name), {"train": np.setdiff1d(np.arange(len(of)), held_out), **parts}))
    return folds


def balanced_groups(labels: Int[np.ndarray, " clip"], groups: Sequence[str], count: int) -> list[str]:
    """So many groups of whole people, with about as many clips of each emotion in each.

    Args:
        labels: index of each clip's emotion.
        groups: what stays together, as `avemo_core.training.copies.groups_of` names it: people, copies, parts of one file.
        count: how many.

    Returns:
        "1" to "count", of each clip.

    Raises:
        ConfigError: there are fewer people than that.
    """
    people = len(set(groups))
    if people < count:
        raise ConfigError(f"--folds {count}: expected labelled clips of at least {count} people (or files of nobody), found {people}")
    names = np.zeros(len(labels), int)
    for number, held_out in enumerate(grouped_folds(groups, labels, count), 1):
        names[held_out] = number
    return [str(number) for number in names]


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
