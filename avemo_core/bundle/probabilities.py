"""From the networks' logits to a bundle's probabilities: their mean, late fusion with the pooled linear model, temperature scaling.

    p = mean of softmax(logits_1), .., softmax(logits_k)                 the ensemble
    p = softmax((1 - a) log p + a log p_pooled)                          late fusion, a the fusion weight: a geometric mean
    p = softmax(log p / e^k)                                             novelty, e the excess of the clip's distance, 1 and more
    p = softmax(log p / T)                                               temperature scaling, T fitted on held-out clips

In this order, so that T is fitted to what is fused. T > 1 flattens, T < 1 sharpens; neither T nor e^k changes which emotion is named.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from schemas.emotions import EMOTIONS

_TINY: Final = 1e-12
"""Stands for a probability of 0 where its logarithm is taken."""

_TEMPERATURES: Final = np.geomspace(0.2, 5.0, 121)
"""A grid instead of a descent, so that nothing need converge; neighbours are 2.7 % apart."""

FLATTENING: Final = 4.0
"""k, the power of the excess by which log-probabilities are divided."""

_MOST: Final = 1e9
"""e^k at most: probabilities are equal long before, and infinity over infinity would be no number."""

_PRIOR_DEVIATION: Final = 0.25
"""Of log T before any clip is seen, around log 1; docs/decisions/held-out.md has what it does to 10 and to 800 clips."""


def mean_probabilities(logits: Sequence[Float[Tensor, "clip emotion"]]) -> Float[Tensor, "clip emotion"]:
    """The mean of the networks' probabilities (eq. 11 each)."""
    return torch.stack([each.softmax(1) for each in logits]).mean(0)


def late_fusion(
    probabilities: Float[Tensor, "clip emotion"], pooled: Float[Tensor, "clip emotion"], weight: float
) -> Float[Tensor, "clip emotion"]:
    """The geometric mean of the networks' probabilities and the pooled model's, normalised.

    Args:
        probabilities: of the networks.
        pooled: logits of the pooled linear model.
        weight: of the pooled linear model, in [0, 1); the rest is the networks'.
    """
    fused = (1 - weight) * probabilities.clamp_min(_TINY).log() + weight * pooled.log_softmax(1)
    return fused.softmax(1)


def temperature_scaled(
    probabilities: Float[Tensor, "clip emotion"], temperature: float, emotions: Sequence[str] = EMOTIONS
) -> Float[Tensor, "clip emotion"]:
    """Probabilities whose logarithms were divided by the temperature; the order of the emotions stays.

    Args:
        probabilities: over all seven.
        temperature: above 0.
        emotions: those that the model tells apart; the others get probability 0, and what they had goes to these in proportion.
    """
    return (_logarithms(probabilities, emotions) / temperature).softmax(1)


def flattened(
    probabilities: Float[Tensor, "clip emotion"], excess: Float[Tensor, " clip"], emotions: Sequence[str] = EMOTIONS
) -> Float[Tensor, "clip emotion"]:
    """Probabilities drawn towards equal ones, the more the further a clip lies outside what was trained on; which is highest stays.

    Source: none; FLATTENING and what it does are in docs/benchmarks/novelty.md.

    Args:
        probabilities: over all seven.
        excess: of the clip's distance over the limit within which 99 % of held-out clips lie, 1 for those (avemo_core.novelty.ranks).
        emotions: as in `temperature_scaled`.
    """
    power = (excess**FLATTENING).clamp_max(_MOST).to(probabilities)
    return (_logarithms(probabilities, emotions) / power[:, None]).softmax(1)


def _logarithms(probabilities: Float[Tensor, "clip emotion"], emotions: Sequence[str]) -> Float[Tensor, "clip emotion"]:
    others = torch.tensor([emotion not in emotions for emotion in EMOTIONS], device=probabilities.device)
    return probabilities.clamp_min(_TINY).log().masked_fill(others, -torch.inf)


def fit_temperature(
    probabilities: Float[Tensor, "clip emotion"], labels: Int[Tensor, " clip"], emotions: Sequence[str] = EMOTIONS
) -> float:
    """The temperature most probable after held-out probabilities over these emotions; 1 without any, and near 1 on few.

    The sum over clips of -log p(label | T), plus (log T)^2 / (2 s^2) with s = .25, is least: a normal prior on log T. Without it ten
    clips drawn by a model that needs no scaling give anything from .4 to 1.6.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", temperature scaling.
    Departs: the prior, for they have thousands of clips to fit it on (docs/decisions/held-out.md).
    """
    if not len(probabilities):
        return 1.0
    log_probabilities = _logarithms(probabilities, emotions)
    losses = [torch.nn.functional.cross_entropy(log_probabilities / t, labels, reduction="sum").item() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses + np.log(_TEMPERATURES) ** 2 / (2 * _PRIOR_DEVIATION**2)))])
