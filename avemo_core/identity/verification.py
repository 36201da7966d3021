"""Face verification: are two pictures of one person? The honest measure of an identity network, on people it was not trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float
from sklearn.metrics import roc_curve

from avemo_core.errors import AvemoError

MAX_PAIRS: Final = 200_000
"""Of each kind; more are subsampled at random."""
ROC_POINTS: Final = 100


@dataclass(frozen=True, kw_only=True)
class Verification:
    """How well a similarity tells one person from two."""

    eer: float
    """The error rate at the threshold where as many pairs of one person are refused as pairs of two are accepted."""
    same_pairs: int
    different_pairs: int
    people: int
    roc: list[tuple[float, float]]
    """Share of different pairs accepted, share of same pairs accepted; from the strictest threshold on."""


def verify(
    embeddings: Float[np.ndarray, "picture value"], persons: Sequence[str], lost: Bool[np.ndarray, " picture"] | None = None, seed: int = 0
) -> Verification | None:
    """Compare pictures pairwise by the cosine of their embeddings.

    Args:
        embeddings: of every picture.
        persons: of every picture.
        lost: which of them could not be read any more: their embeddings are of black, and they are in no pair.
        seed: of the pairs that are drawn where there are too many.

    Returns:
        None where there are not both pairs of one person and pairs of two.

    Raises:
        AvemoError: an embedding is no number.
    """
    if not np.isfinite(embeddings).all():
        raise AvemoError("the training diverged: its network gives NaN or infinity; nothing was written\n  Try a lower --learning-rate.")
    if lost is not None:
        embeddings, persons = embeddings[~lost], [person for person, is_lost in zip(persons, lost, strict=True) if not is_lost]
    if not persons:
        return None
    scores, is_same = _pairs(embeddings, persons, seed)
    if is_same.all() or not is_same.any():
        return None
    accepted_different, accepted_same, _ = roc_curve(is_same, scores, drop_intermediate=False)
    points = np.unique(np.linspace(0, len(accepted_same) - 1, ROC_POINTS).astype(int))
    return Verification(
        eer=equal_error_rate(accepted_different, accepted_same),
        same_pairs=int(is_same.sum()),
        different_pairs=int((~is_same).sum()),
        people=len(set(persons)),
        roc=[(float(accepted_different[place]), float(accepted_same[place])) for place in points],
    )


def equal_error_rate(accepted_different: Float[np.ndarray, " threshold"], accepted_same: Float[np.ndarray, " threshold"]) -> float:
    """Where the line between the two thresholds around the crossing has both errors equal."""
    gap = (1 - accepted_same) - accepted_different
    after = int(np.argmax(gap <= 0))
    before = after - 1
    share = gap[before] / (gap[before] - gap[after])
    return float(accepted_different[before] + share * (accepted_different[after] - accepted_different[before]))


def _pairs(
    embeddings: Float[np.ndarray, "picture value"], persons: Sequence[str], seed: int
) -> tuple[Float[np.ndarray, " pair"], Bool[np.ndarray, " pair"]]:
    """Cosine and kind of each pair of pictures; too many pairs of a kind are subsampled at random."""
    unit = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
    number = np.unique(np.asarray(persons), return_inverse=True)[1]
    one, other = np.triu_indices(len(unit), k=1)
    is_same = number[one] == number[other]
    draw = np.random.default_rng(seed)
    used = np.sort(np.concatenate([draw.permutation(np.flatnonzero(kind))[:MAX_PAIRS] for kind in (is_same, ~is_same)]))
    return (unit @ unit.T)[one[used], other[used]], is_same[used]
