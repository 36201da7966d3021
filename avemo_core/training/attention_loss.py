"""What attention is taught by clips of which it is known when the emotion shows."""

from typing import Final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

_LEAST: Final = 1e-4
"""Shares below it teach nothing: attention dropout may hide a whole moment."""


def attention_losses(
    perception: Float[Tensor, "batch emotion t_v"], labels: Int[Tensor, " batch"], moment: Bool[Tensor, "batch t_v"]
) -> Float[Tensor, " batch"]:
    """-log of the share of its attention (eq. 9) that the label's emotion pays to the moment; 0 for a clip without a known moment.

    The other emotions' attention is taught nothing: where a voice is angry, nobody knows where to look for its joy.

    Source: none in the paper (docs/decisions/splices.md).
    """
    own = perception[torch.arange(len(labels), device=labels.device), labels]
    share = (own * moment).sum(1)
    return torch.where(moment.any(1), -share.clamp_min(_LEAST).log(), 0.0)
