"""A random forest that ranks the values of a feature map by what they say about the emotion, and how far that ranking can be trusted.

Source: Chao et al. 2016, section 3.2 (scikit-learn's random forest on emotion-labelled faces, 1024 values selected).

Trees are grown in blocks, each with a seed of its own, so that the same forest comes out however many workers grow it.
Two forests of 60 trees, from one seed:

    forest 0     | 25 trees, s0 | 25 trees, s1 | 10, s2 |        s0 s1 ... s5 = SeedSequence(seed).generate_state(6)
    forest 1     | 25 trees, s3 | 25 trees, s4 | 10, s5 |

A block's importances and votes are sums over its trees; sums over its blocks are the forest's.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32, Float64, Int64
from sklearn.ensemble import RandomForestClassifier

from avemo_core.errors import ConfigError

BLOCK_TREES: Final = 25
HELD_OUT_TREES: Final = 100
"""At most so many in the forests of the held-out accuracy: more change it little, and there are many such forests."""
CURVE: Final = (16, 64, 256, 1024, 4096)
"""How many values the curve of accuracy tries, beside those selected and all."""

Values = Float32[np.ndarray, "face value"]
Labels = Int64[np.ndarray, " face"]
Rows = Int64[np.ndarray, " _"]  # each as long as it is


@dataclass(frozen=True, kw_only=True)
class TreeBlock:
    """Some trees to grow."""

    trees: int
    seed: int
    learn: Rows
    """Faces they learn from."""
    vote: Rows
    """Faces they vote on afterwards; none of them in `learn`."""
    columns: Rows
    """Values of the feature map that they split on."""


@dataclass(frozen=True, kw_only=True)
class Grown:
    """The results of a block of trees, or of a whole forest, as sums over its trees."""

    importances: Float64[np.ndarray, " column"]
    votes: Float64[np.ndarray, "vote label"]


Grower = Callable[[Sequence[TreeBlock]], Iterable[Grown]]
"""Grows blocks, here or elsewhere, and gives the results in their order."""


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The values of a feature map in order of importance, and how far to trust it."""

    order: Int64[np.ndarray, " value"]
    importances: Float64[np.ndarray, " value"]
    """Of every value of the feature map, in its own order; they sum to 1."""
    accuracy: dict[int, float]
    """Share of held-out faces named right from the best k values alone, by k; values chosen without those faces. Empty with one fold."""
    chance: float
    """Share of the commonest label."""
    overlap: float
    """Share of the selected values that a forest with another seed selects too."""
    overlap_by_chance: float


def grow(values: Values, labels: Labels, block: TreeBlock) -> Grown:
    """Grow one block of trees.

    Args:
        values: one flattened feature map per face.
        labels: 0 .. L-1, each at least once.
        block: which trees.
    """
    forest = RandomForestClassifier(block.trees, random_state=block.seed, n_jobs=1)
    forest.fit(values[np.ix_(block.learn, block.columns)], labels[block.learn])
    votes = np.zeros((len(block.vote), int(labels.max()) + 1))
    if len(block.vote):
        votes[:, forest.classes_] = block.trees * forest.predict_proba(values[np.ix_(block.vote, block.columns)])
    return Grown(importances=block.trees * forest.feature_importances_, votes=votes)


def rank(
    values: Values, labels: Labels, folds: Sequence[Rows], *, keep: int, trees: int = 300, seed: int = 0, grower: Grower | None = None
) -> Ranking:
    """Rank the values of a feature map.

    Args:
        values: one flattened feature map per face.
        labels: the emotion of each face, as a number from 0.
        folds: the faces that each fold holds out, for the accuracy alone: all faces, each once; a single fold measures nothing.
        keep: how many values will be selected; at most all.
        trees: in the forest that ranks.
        seed: of everything drawn here.
        grower: grows blocks of trees, perhaps on other machines; None: one after the other, here.

    Raises:
        ConfigError: fewer than two labels; more to select than there is; a feature map that tells nothing.
    """
    faces, width = values.shape
    if not 0 < keep <= width:
        raise ConfigError(f"--keep {keep} is outside 1 .. {width}, the number of values in the feature map")
    labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    if faces == 0 or labels.max() == 0:
        raise ConfigError("a selection needs faces of at least two emotions; found fewer")
    grower = grower or (lambda blocks: (grow(values, labels, block) for block in blocks))
    all_faces, columns, none = np.arange(faces), np.arange(width), np.arange(0)
    parts = [(np.setdiff1d(all_faces, held_out), held_out) for held_out in folds] if len(folds) > 1 else []
    first, second = _forests([(all_faces, none, columns)] * 2, trees=trees, seed=seed, grower=grower)
    if not first.importances.sum() > 0:
        raise ConfigError("no value of the feature map tells one emotion from another: the faces all look the same to this network")
    held_out_trees = min(trees, HELD_OUT_TREES)
    held_out = _forests([(*part, columns) for part in parts], trees=held_out_trees, seed=seed + 1, grower=grower)
    order = _order(first.importances)
    return Ranking(
        order=order,
        importances=first.importances / first.importances.sum(),
        accuracy=_curve(held_out, parts, labels, keep, trees=held_out_trees, seed=seed + 2, grower=grower),
        chance=float(np.bincount(labels).max() / faces),
        overlap=len(set(order[:keep]) & set(_order(second.importances)[:keep])) / keep,
        overlap_by_chance=keep / width,
    )


def order(values: Values, labels: Labels, *, trees: int, seed: int = 0) -> Rows:
    """The values of a feature map, most important first, without any figures about the order; here, one tree after the other.

    Args:
        values: one flattened feature map per face.
        labels: the emotion of each face, as a number from 0.
        trees: in the forest.
        seed: of the forest.
    """
    labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    faces, width = values.shape
    (grown,) = _forests(
        [(np.arange(faces), np.arange(0), np.arange(width))],
        trees=trees,
        seed=seed,
        grower=lambda blocks: (grow(values, labels, block) for block in blocks),
    )
    return _order(grown.importances)


def _forests(forests: Sequence[tuple[Rows, Rows, Rows]], *, trees: int, seed: int, grower: Grower) -> list[Grown]:
    """One grown forest for each (learn, vote, columns); every forest, and every block of it, has its own seed."""
    sizes = [min(BLOCK_TREES, trees - start) for start in range(0, trees, BLOCK_TREES)]
    seeds = np.random.SeedSequence(seed).generate_state(len(forests) * len(sizes)).tolist()
    blocks = [
        TreeBlock(trees=size, seed=seeds[forest * len(sizes) + number], learn=learn, vote=vote, columns=columns)
        for forest, (learn, vote, columns) in enumerate(forests)
        for number, size in enumerate(sizes)
    ]
    grown = list(grower(blocks))
    return [_sum(grown[start : start + len(sizes)]) for start in range(0, len(grown), len(sizes))]


def _sum(blocks: Sequence[Grown]) -> Grown:
    return Grown(
        importances=np.sum([block.importances for block in blocks], axis=0),
        votes=np.sum([block.votes for block in blocks], axis=0),
    )


def _order(importances: Float64[np.ndarray, " value"]) -> Int64[np.ndarray, " value"]:
    """Most important first; ties in the feature map's own order."""
    return np.argsort(-importances, kind="stable")


def _curve(
    held_out: Sequence[Grown], parts: Sequence[tuple[Rows, Rows]], labels: Labels, keep: int, *, trees: int, seed: int, grower: Grower
) -> dict[int, float]:
    """Held-out accuracy by number of values: in each fold the values are ranked and a forest is trained without the faces held out."""
    if not parts:
        return {}
    width = len(held_out[0].importances)
    tried = sorted({k for k in (*CURVE, keep) if k < width})
    orders = [_order(forest.importances) for forest in held_out]
    forests = [(*part, order[:k]) for k in tried for part, order in zip(parts, orders, strict=True)]
    grown = _forests(forests, trees=trees, seed=seed, grower=grower)
    # grown holds the forests of the first k, one a fold, then those of the next; with all values they are grown already.
    votes = {k: grown[number * len(parts) : (number + 1) * len(parts)] for number, k in enumerate(tried)} | {width: held_out}
    return {k: _accuracy(forests_of_k, parts, labels) for k, forests_of_k in votes.items()}


def _accuracy(grown: Sequence[Grown], parts: Sequence[tuple[Rows, Rows]], labels: Labels) -> float:
    right = sum(int((forest.votes.argmax(axis=1) == labels[vote]).sum()) for forest, (_, vote) in zip(grown, parts, strict=True))
    return right / len(labels)
