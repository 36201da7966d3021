"""The softmax of both attentions: over those positions alone that may get weight."""

from jaxtyping import Bool, Float
from torch import Tensor


def masked_softmax(scores: Float[Tensor, "*rows n"], mask: Bool[Tensor, "*#rows n"]) -> Float[Tensor, "*rows n"]:
    """Softmax over the last axis in which positions outside the mask get exactly 0.

    Returns:
        Rows that sum to 1; a row without any position in the mask is all 0.

    Departs: the paper has no padding and no border (docs/decisions/masked-windows.md).
    """
    # exp(-inf) is exactly 0. In a row that is masked as a whole the peak would be -inf too, and -inf - -inf NaN: hence the first clamp;
    # the second makes 0 / 0 there 0. The softmax does not change with the peak, so no gradient need go through it.
    masked = scores.masked_fill(~mask, float("-inf"))
    peak = masked.amax(-1, keepdim=True).clamp_min(-1e30)
    weights = (masked - peak.detach()).exp()
    return weights / weights.sum(-1, keepdim=True).clamp_min(1e-30)
