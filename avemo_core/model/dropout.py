"""Dropout of values, one mask a value or one a clip, and of an attention's steps; with masks that cost little to draw."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


class StepDropout(nn.Module):
    """Dropout with a mask of its own for every value: what torch.nn.Dropout does, in a fifth of the time on a CPU."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, values: Float[Tensor, "batch steps d"]) -> Float[Tensor, "batch steps d"]:
        """Drop and rescale in training, pass through otherwise."""
        if not self.training or self.p == 0:
            return values
        return values * (_keep_mask(values, self.p) * (1 / (1 - self.p)))


class ClipDropout(nn.Module):
    """Dropout with one mask a clip, so that a unit is silent over the whole sequence ("variational" or "locked" dropout)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, values: Float[Tensor, "batch steps d"]) -> Float[Tensor, "batch steps d"]:
        """Drop and rescale in training, pass through otherwise."""
        if not self.training or self.p == 0:
            return values
        return values * nn.functional.dropout(torch.ones_like(values[:, :1]), self.p)


class AttentionDropout(nn.Module):
    """Hides steps from an attention; a clip of which it would hide all keeps them."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, attention_mask: Bool[Tensor, "batch steps"]) -> Bool[Tensor, "batch steps"]:
        """Hide steps in training, pass through otherwise."""
        if not self.training or self.p == 0:
            return attention_mask
        left = attention_mask & (torch.rand(attention_mask.shape, device=attention_mask.device) >= self.p)
        return torch.where(left.any(1, keepdim=True), left, attention_mask)


class Dropouts(NamedTuple):
    """Dropout rates, and whether a mask holds for the whole clip."""

    hidden: float = 0.0
    inputs: float = 0.0
    by_clip: bool = False

    def layer(self, p: float) -> nn.Module:
        """A dropout layer of this kind."""
        return ClipDropout(p) if self.by_clip else StepDropout(p)


def _keep_mask(values: Float[Tensor, "batch steps d"], p: float) -> Bool[Tensor, "batch steps d"]:
    """True with probability 1 - p, to 16 binary places."""
    # torch draws 64 random bits as fast as one, and 16 are enough for a decision: every word makes four of them.
    #
    #     int64   |               one random word             |
    #     int16   |  draw 0  |  draw 1  |  draw 2  |  draw 3  |      each uniform over -2^15 .. 2^15 - 1
    #
    #             -2^15          -2^15 + p 2^16            2^15
    #               |--- dropped: p ---|--- kept: 1 - p ----|
    words = torch.empty(math.ceil(values.numel() / 4), dtype=torch.int64, device=values.device).random_(-(2**63), None)
    draws = words.view(torch.int16)[: values.numel()].view(values.shape)
    return draws >= round(p * 2**16) - 2**15
