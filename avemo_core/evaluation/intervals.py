"""Intervals of accuracy, recall and differences, by a bootstrap that draws people first and then clips of them.

Clips of one person are alike: seven people of a hundred clips each are not 700 independent trials. A draw therefore has two stages,

    people     a  b  c      ->      c        a      c             as many as there are, with replacement
    clips      5  3  2              2 of 2   5 of 5  2 of 2       of each as many as it has, with replacement, anew each time

and where there are several runs (networks from several seeds), as many of them, too. docs/decisions/intervals.md has the reasons and
what the intervals cover. `scipy.stats.bootstrap` draws from one level alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from schemas.emotions import EMOTIONS

RESAMPLES: Final = 2000
"""Draws behind an interval."""

LEVEL: Final = 0.95

_BLOCK: Final = 1 << 18
"""About so many drawn clips are in memory at once."""

Unit = Literal["people", "files", "people and files"]
"""What is drawn first: files (contents) where nobody is named."""


class Estimate(NamedTuple):
    """A figure over all runs and clips, with its 95 % interval."""

    mean: float
    low: float
    high: float


class Estimates(NamedTuple):
    """Figures of the same clips from the same draws."""

    accuracy: Estimate
    uar: Estimate
    """Mean recall over the emotions that have clips."""
    recall: tuple[Estimate | None, ...]
    """By emotion; None for one without clips."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Clusters:
    """Which clips are drawn together."""

    of_clip: Int[np.ndarray, " clip"]
    """Number of each clip's cluster, from 0."""
    unit: Unit
    """What a cluster is."""

    @classmethod
    def of(cls, subjects: Sequence[str | None], groups: Sequence[str] | None = None) -> "Clusters":
        """A cluster a group.

        Args:
            subjects: of the clips; None where nobody is named.
            groups: of the clips, as `avemo_core.training.copies.groups_of` names them: copies and parts of one file are together. None: a
                group a person, and one a clip without a person.
        """
        if groups is None:
            groups = [f"clip {place}" if name is None else f"subject {name}" for place, name in enumerate(subjects)]
        named = [name is not None for name in subjects]
        unit: Unit = "people" if all(named) else "people and files" if any(named) else "files"
        _, of_clip = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
        return cls(of_clip=of_clip, unit=unit)

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.of_clip.max(initial=-1)) + 1


def estimates(
    right: Float[np.ndarray, "run clip"] | Bool[np.ndarray, "run clip"],
    labels: Int[np.ndarray, " clip"],
    clusters: Clusters,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Estimates:
    """Accuracy, UAR and recalls with their intervals.

    Args:
        right: whether a clip was named right, or how often; for the difference of two models the one's less the other's, which pairs them
            clip by clip and draw by draw.
        labels: index of each clip's emotion.
        clusters: of the clips, of which there is at least one.
        seed: of the draws.
        resamples: how many draws.
    """
    runs = np.asarray(right, np.float64)
    clips = np.bincount(labels, minlength=len(EMOTIONS))
    sums, counts = _draws(runs, labels, clusters, np.random.default_rng(seed), resamples)
    own = np.bincount(labels, runs.mean(0), len(EMOTIONS))
    with np.errstate(invalid="ignore"):
        recall, recalls = own / clips, sums / counts
    occurs = clips > 0
    return Estimates(
        accuracy=_estimate(runs.mean(), sums.sum(1) / counts.sum(1)),
        # An emotion that a draw has no clip of does not count in it, as one without any clip does not count at all.
        uar=_estimate(recall[occurs].mean(), np.nanmean(recalls[:, occurs], axis=1)),
        recall=tuple(_estimate(recall[place], recalls[:, place]) if occurs[place] else None for place in range(len(EMOTIONS))),
    )


def _estimate(mean: float, drawn: Float[np.ndarray, " draw"]) -> Estimate:
    low, high = np.nanquantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Estimate(float(mean), float(low), float(high))


def _draws(
    right: Float[np.ndarray, "run clip"], labels: Int[np.ndarray, " clip"], clusters: Clusters, rng: np.random.Generator, resamples: int
) -> tuple[Float[np.ndarray, "draw emotion"], Float[np.ndarray, "draw emotion"]]:
    """How many clips of each emotion are named right, and how many there are, in each draw."""
    by_cluster = np.argsort(clusters.of_clip, kind="stable")
    size = np.bincount(clusters.of_clip)
    start = np.cumsum(size) - size
    block = max(1, _BLOCK // len(labels))
    blocks = [_block(right, labels, by_cluster, start, size, rng, min(block, resamples - done)) for done in range(0, resamples, block)]
    return np.concatenate([sums for sums, _ in blocks]), np.concatenate([counts for _, counts in blocks])


def _block(
    right: Float[np.ndarray, "run clip"],
    labels: Int[np.ndarray, " clip"],
    by_cluster: Int[np.ndarray, " clip"],
    start: Int[np.ndarray, " cluster"],
    size: Int[np.ndarray, " cluster"],
    rng: np.random.Generator,
    draws: int,
) -> tuple[Float[np.ndarray, "draw emotion"], Float[np.ndarray, "draw emotion"]]:
    """Some draws at once. Draws differ in length, as clusters do: they lie one behind the other, and `draw` says whose an entry is."""
    drawn = rng.integers(len(size), size=(draws, len(size)))
    lengths = size[drawn].ravel()
    within = (rng.random(lengths.sum()) * np.repeat(lengths, lengths)).astype(np.int64)
    clip = by_cluster[np.repeat(start[drawn].ravel(), lengths) + within]
    draw = np.repeat(np.arange(draws), size[drawn].sum(1))
    runs = len(right)
    if runs == 1:
        values = right[0, clip]
    else:
        weights = rng.multinomial(runs, np.full(runs, 1 / runs), size=draws) / runs
        values = (weights @ right)[draw, clip]
    cell = draw * len(EMOTIONS) + labels[clip]
    cells = draws * len(EMOTIONS)
    shape = (draws, len(EMOTIONS))
    return np.bincount(cell, values, cells).reshape(shape), np.bincount(cell, minlength=cells).reshape(shape).astype(np.float64)
