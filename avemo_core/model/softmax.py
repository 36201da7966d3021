"""The softmax of both attentions: over places that may get weight only."""

from jaxtyping import Bool, Float
from torch import Tensor


def masked_softmax(scores: Float[Tensor, "*rows n"], mask: Bool[Tensor, "*#rows n"]) -> Float[Tensor, "*rows n"]:
    """Softmax over the last axis in which places outside the mask get exactly 0.

    Returns:
        Rows that sum to 1; a row without any place in the mask is all 0.

    Departs: the paper has no padding and no border (docs/decisions/masked-windows.md).
    """
    shifted = scores.masked_fill(~mask, float("-inf"))
    peak = shifted.amax(-1, keepdim=True).clamp_min(-1e30)
    weights = (shifted - peak.detach()).exp()
    return weights / weights.sum(-1, keepdim=True).clamp_min(1e-30)
