"""Grouped folds: no person is in two of them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Int

FOLDS: Final = 5


def group_of(subject: str | None, source_id: str) -> str:
    """What must stay together: a subject's clips, or one source's rows where the subject is not known."""
    return f"subject {subject}" if subject is not None else f"source {source_id}"


def grouped_folds(groups: Sequence[str], folds: int = FOLDS, seed: int = 0) -> list[Int[np.ndarray, " clip"]]:
    """Indices of each fold's held-out clips: groups whole, folds of like size, at most one a group."""
    names, group_of_clip = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    counts = np.bincount(group_of_clip)
    # The largest groups first, ties in random order, each into the fold that is smallest so far.
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-counts[order], kind="stable")]
    sizes = np.zeros(min(folds, len(names)))
    fold_of = np.zeros(len(names), int)
    for group in order:
        fold_of[group] = sizes.argmin()
        sizes[fold_of[group]] += counts[group]
    return [np.flatnonzero(fold_of[group_of_clip] == fold) for fold in range(len(sizes))]
