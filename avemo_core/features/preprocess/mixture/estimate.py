"""Which emotions a person shows: how probable each set of emotions is, after what was read of all clips together.

A person's clips are read by a reader that does not know the person (`reader.py`). All that the person has in common moves all readings
alike; what the clips show spreads them. For clips that show the emotions of a set S in equal shares p, by a person of scale g:

    mean of the readings      ~ normal(mu_S, B + sum p_c^2 E + C_S / n)          mu_S = sum over S of p_c mu_c
    scatter of the readings   ~ of clips of covariance g C_S                     C_S = W + (1 - sum p_c^2) E + spread of the mu_c in S

    B   of a person who was not in the training    W   within a person and an emotion
    E   of how a person shows one emotion          n   clips

so that few emotions show in the place of the mean, as far as people do not differ there themselves, and in how little, and in which
directions, the clips scatter, which nothing that a person has in common can move. Every set is one of at most 2^7 - 1; nothing is searched
for, g is summed over a grid, and sums over clips are all that is needed.

Source: none. The covariances are those of PLDA (Prince and Elder 2007), where the unknown is who speaks, and not which emotions are shown
(docs/decisions/subject-normalisation.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from typing import Final

import numpy as np
from jaxtyping import Float, Float64, Int
from scipy.special import logsumexp, softmax

from avemo_core.features.preprocess.subjects import Reads

PRIOR_BETWEEN: Final = 0.01
"""Prior probability of all numbers of emotions but one and all, which have half of the rest each."""

SCATTER_CLIPS: Final = 12
"""Clips for which the scatter counts at most: clips are not normal, and thousands of them would make any set certain."""

SCALES: Final = np.exp(0.35 * np.linspace(-3, 3, 25))
"""g: how lively a person is; its logarithm is normal with a deviation of .35."""

_SCALE_PRIOR: Final = -np.square(np.linspace(-3, 3, 25)) / 2

TOWARDS_SPHERE: Final = 0.3
"""How far covariances are drawn towards a sphere of the same size, as they are taken over few people."""

_LEAST: Final = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Mixture:
    """What is known of the emotions that a person's clips show."""

    shares: Float64[np.ndarray, " emotion"]
    """Expected share of each; they sum to 1."""
    doubt: Float64[np.ndarray, "emotion emotion"]
    """Covariance of the shares: how far the sets that are possible differ."""
    numbers: Float64[np.ndarray, " emotion"]
    """Probability that the clips show 1, 2, .. emotions."""
    weight: float = 1.0
    """How much of the person is to be taken away, in [0, 1]; below 1 for training people whose labels alone say what they show, and 0
    where it cannot be read."""

    @classmethod
    def unread(cls, emotions: int) -> "Mixture":
        """Where it cannot be read what is shown: nothing is taken away."""
        shares = np.full(emotions, 1 / emotions)
        return cls(shares=shares, doubt=np.zeros((emotions, emotions)), numbers=np.eye(emotions)[0], weight=0.0)

    @classmethod
    def known(cls, counts: Int[np.ndarray, " emotion"]) -> "Mixture":
        """Of labelled clips.

        Where all are of one emotion, taking the person away and giving the emotion back would write the label into the inputs: such people
        are left as they are. Between that and half of the emotions the weight grows with exp(entropy), the number of emotions in effect.
        """
        shares = counts / counts.sum()
        entropy = -float(np.sum(shares[counts > 0] * np.log(shares[counts > 0])))
        half = max(1.0, len(counts) / 2 - 1)
        numbers = np.eye(len(counts))[int(np.count_nonzero(counts)) - 1]
        weight = min(1.0, (np.exp(entropy) - 1) / half)
        return cls(shares=shares, doubt=np.zeros((len(counts),) * 2), numbers=numbers, weight=float(weight))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MixtureEstimator:
    """Where readings of each emotion lie, and how people, emotions of a person and clips vary around there."""

    means: Float64[np.ndarray, "emotion contrast"]
    between_people: Float64[np.ndarray, "contrast contrast"]
    """B: wider than training people differ among themselves, the more so the fewer they are."""
    of_emotions: Float64[np.ndarray, "contrast contrast"]
    """E."""
    within: Float64[np.ndarray, "contrast contrast"]
    """W; zeros where the training has no two people of several clips, so that nothing is known of how people and their clips vary."""

    @classmethod
    def fit(cls, read: Float[np.ndarray, "clip contrast"], labels: Int[np.ndarray, " clip"], people: Sequence[str]) -> "MixtureEstimator":
        """Take the moments over readings of training clips, each by a reader that does not know its person."""
        emotions, names = read.shape[1] + 1, np.array(people)
        persons, person = np.unique(names, return_inverse=True)
        cell = person * emotions + labels
        counts = np.bincount(cell, minlength=len(persons) * emotions)
        sums = np.zeros((len(counts), read.shape[1]))
        np.add.at(sums, cell, read)
        of_cell = np.full(sums.shape, np.nan)
        of_cell[counts > 0] = sums[counts > 0] / counts[counts > 0, None]
        table = of_cell.reshape(len(persons), emotions, -1)
        means = np.stack([_mean_of(table[:, emotion]) for emotion in range(emotions)])
        offsets = np.stack([_mean_of(rows) for rows in table - means])
        rest = np.nan_to_num(table - means - offsets[:, None]).reshape(-1, read.shape[1])
        freedom = max(1, int((counts > 0).sum()) - len(persons) - emotions + 1)
        around = read - of_cell[cell]
        within = _shrunk(around.T @ around / max(1, len(read) - int((counts > 0).sum())))
        several = np.bincount(person) > 1
        # A clip alone, such as every clip of nobody, differs from others by what it shows as well: it says nothing of B.
        offsets = offsets[several]
        return cls(
            means=means,
            between_people=_of_another_person(len(offsets)) * _shrunk(offsets.T @ offsets / max(1, len(offsets) - 1)),
            of_emotions=_shrunk(rest.T @ rest / freedom),
            within=within if several.sum() > 1 else np.zeros_like(within),
        )

    @property
    def knows_people(self) -> bool:
        """Whether the training had people of several clips, without whom what clips have in common cannot be told from what they show."""
        return bool(self.within.any())

    def __call__(self, clips: int, reads: Reads) -> Mixture:
        """The mixture after a person's readings.

        Args:
            clips: how many were read.
            reads: their sums.
        """
        if not self.knows_people:
            return Mixture.unread(len(self.means))
        sets, prior = _sets(len(self.means))
        if clips == 1:
            sets, prior = sets[: len(self.means)], prior[: len(self.means)]  # one clip shows one emotion
        mean = reads.sum / clips
        scatter = reads.products / clips - np.outer(mean, mean)
        centres = sets @ self.means
        away = self.means[None] - centres[:, None]
        together = np.square(sets).sum(1)[:, None, None]
        spread = np.einsum("sc,scd,sce->sde", sets, away, away)
        covariance = self.within + (1 - together) * self.of_emotions + spread
        of_mean = self.between_people + together * self.of_emotions + covariance / clips
        distance = mean - centres
        log = prior - (_log_det(of_mean) + np.einsum("sd,sd->s", distance, np.linalg.solve(of_mean, distance[:, :, None])[:, :, 0])) / 2
        counted, determinant = min(clips - 1, SCATTER_CLIPS), _log_det(covariance)
        traces = np.trace(np.linalg.solve(covariance, scatter), axis1=1, axis2=2)
        of_scatter = determinant + len(mean) * np.log(SCALES)[:, None] + traces / SCALES[:, None]
        log = log + logsumexp(_SCALE_PRIOR[:, None] - counted * of_scatter / 2, axis=0)
        return _mixture(softmax(log), sets)

    def arrays(self) -> dict[str, np.ndarray]:
        """The values by name, for the bundle."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _sets(emotions: int) -> tuple[Float64[np.ndarray, "set emotion"], Float64[np.ndarray, " set"]]:
    """Every set of emotions as shares, and the logarithm of its prior probability."""
    shares, prior = [], []
    for number in range(1, emotions + 1):
        chosen = list(combinations(range(emotions), number))
        of_number = (1 - PRIOR_BETWEEN) / 2 if number in (1, emotions) else PRIOR_BETWEEN / (emotions - 2)
        prior += [np.log(of_number / len(chosen))] * len(chosen)
        shares += [np.isin(np.arange(emotions), one) / number for one in chosen]
    return np.array(shares), np.array(prior)


def _mixture(probability: Float64[np.ndarray, " set"], sets: Float64[np.ndarray, "set emotion"]) -> Mixture:
    shares = probability @ sets
    doubt = (sets * probability[:, None]).T @ sets - np.outer(shares, shares)
    numbers = np.bincount(np.count_nonzero(sets, 1) - 1, weights=probability, minlength=sets.shape[1])
    return Mixture(shares=shares, doubt=doubt, numbers=numbers)


def _of_another_person(people: int) -> float:
    """By how much somebody who was not among these people may differ more than they do among themselves.

    A new value's predictive distribution after k normal ones, whose mean and variance are not known, is Student's t of k - 1 degrees of
    freedom, (1 + 1 / k) wider; this is its variance over theirs: 1.9 for six people, 3.75 for four, 1 for many. Without it somebody unlike
    the few people of a training is read to show one emotion. Under four people the variance of t has no bound: as with four.
    """
    freedom = people - 1
    return (1 + 1 / max(1, people)) * (freedom / (freedom - 2) if freedom > 2 else 3.0)


def _log_det(matrices: Float64[np.ndarray, "set d d"]) -> Float64[np.ndarray, " set"]:
    return np.asarray(np.linalg.slogdet(matrices)[1])


def _mean_of(rows: Float64[np.ndarray, "rows d"]) -> Float64[np.ndarray, " d"]:
    """Over the rows that are there; zeros without any."""
    there = rows[~np.isnan(rows[:, 0])]
    return there.mean(0) if len(there) else np.zeros(rows.shape[1])


def _shrunk(covariance: Float64[np.ndarray, "d d"]) -> Float64[np.ndarray, "d d"]:
    size = max(_LEAST, float(np.trace(covariance)) / len(covariance))
    return (1 - TOWARDS_SPHERE) * covariance + TOWARDS_SPHERE * size * np.eye(len(covariance))
