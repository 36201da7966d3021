"""From distances to novelty: the share of held-out clips that lie nearer.

    distance of each modality           sound 1.9      face 1.1
    over that modality's limit          1.9 / 1.5      1.1 / 1.4        limit: 99 % of the held-out clips lie within it
    excess: the greatest of these       1.27
    novelty: rank of the excess among the held-out clips that have all of these modalities

A clip with one modality is ranked by it alone, among all held-out clips that have it.
"""

from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float

LIMIT: Final = 0.99
"""Share of the held-out clips within the limit: nearly all, for their own probabilities are to stay as they are."""

LEAST_CLIPS: Final = 20
"""Held-out clips below which nothing is said: the nearest 19 of 20 cannot be told from the last."""


class Ranked(NamedTuple):
    """Of each clip."""

    novelty: Float[np.ndarray, " clip"]
    """Share of the held-out clips that lie nearer, in [0, 1); NaN where it cannot be told."""
    excess: Float[np.ndarray, " clip"]
    """Greatest distance over its limit, and at least 1; 1 where it cannot be told."""


def unranked(clips: int) -> Ranked:
    """Of so many clips of which nothing can be told."""
    return Ranked(np.full(clips, np.nan), np.ones(clips))


def ranked(distances: Float[np.ndarray, "clip modality"], held_out: Float[np.ndarray, "held_out modality"]) -> Ranked:
    """Rank clips among held-out ones.

    The share is k / (n + 1) for k of n held-out clips that lie nearer: 1 - novelty is the p-value of conformal prediction, and of clips
    exchangeable with the held-out ones at most 5 in 100 have a novelty above .95.

    Source: Vovk, Gammerman, Shafer 2005, "Algorithmic Learning in a Random World", section 2.2.

    Args:
        distances: NaN where a clip does not have the modality.
        held_out: likewise, of clips of people that the distances' Gaussians have not seen.
    """
    novelty, excess = unranked(len(distances))
    has = ~np.isnan(distances)
    for present in np.unique(has, axis=0):
        alike = held_out[:, present]
        alike = alike[~np.isnan(alike).any(1)]
        if not present.any() or len(alike) < LEAST_CLIPS:
            continue
        of = np.flatnonzero((has == present).all(1))
        limits = np.maximum(np.quantile(alike, LIMIT, axis=0), np.finfo(np.float32).tiny)
        theirs, own = (alike / limits).max(1), (distances[of][:, present] / limits).max(1)
        novelty[of] = np.searchsorted(np.sort(theirs), own, "left") / (len(alike) + 1)
        excess[of] = np.maximum(1, own)
    return Ranked(novelty, excess)
