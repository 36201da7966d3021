"""How the members' probabilities, and the pooled linear model's, become calibrated probabilities."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

_TINY: Final = 1e-12

_TEMPERATURES: Final = np.geomspace(0.2, 5.0, 121)


def mean_probabilities(logits: Sequence[Float[Tensor, "clip emotion"]]) -> Float[Tensor, "clip emotion"]:
    """The mean of the members' probabilities (eq. 11 each)."""
    return torch.stack([member.softmax(1) for member in logits]).mean(0)


def late_fusion(
    probabilities: Float[Tensor, "clip emotion"], pooled: Float[Tensor, "clip emotion"], share: float
) -> Float[Tensor, "clip emotion"]:
    """The geometric mean of the networks' probabilities and the pooled model's, which weighs `share`."""
    mixed = (1 - share) * probabilities.clamp_min(_TINY).log() + share * pooled.log_softmax(1)
    return mixed.softmax(1)


def temperature_scaled(probabilities: Float[Tensor, "clip emotion"], temperature: float) -> Float[Tensor, "clip emotion"]:
    """Probabilities whose logarithms were divided by the temperature; the order of the emotions stays."""
    return (probabilities.clamp_min(_TINY).log() / temperature).softmax(1)


def fit_temperature(probabilities: Float[Tensor, "clip emotion"], labels: Int[Tensor, " clip"]) -> float:
    """The temperature under which held-out probabilities are most likely; 1 without any.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", temperature scaling.
    """
    if not len(probabilities):
        return 1.0
    log_probabilities = probabilities.clamp_min(_TINY).log()
    losses = [torch.nn.functional.cross_entropy(log_probabilities / t, labels).item() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])
