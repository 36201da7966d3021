"""The softmax of both attentions: over valid places only."""

from jaxtyping import Bool, Float
from torch import Tensor


def masked_softmax(scores: Float[Tensor, "*rows n"], valid: Bool[Tensor, "*#rows n"]) -> Float[Tensor, "*rows n"]:
    """Softmax over the last axis in which invalid places get exactly 0.

    Returns:
        Rows that sum to 1; a row without a valid place is all 0.

    Departs: the paper has no padding and no border (docs/decisions/masked-windows.md).
    """
    shifted = scores.masked_fill(~valid, float("-inf"))
    peak = shifted.amax(-1, keepdim=True).clamp_min(-1e30)
    weights = (shifted - peak.detach()).exp()
    return weights / weights.sum(-1, keepdim=True).clamp_min(1e-30)
