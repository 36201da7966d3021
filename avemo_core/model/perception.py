"""Perception attention: each emotion looks for its own salient steps (Chao et al. 2016, section 2.3)."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from avemo_core.model.softmax import masked_softmax


class Perceived(NamedTuple):
    """What the perception attention gives."""

    logits: Float[Tensor, "batch emotion"]
    """s^n (eq. 10); their softmax over the emotions is eq. 11."""
    perception: Float[Tensor, "batch emotion t_v"]
    """f^n_i (eq. 9): sums to 1 over the steps of the attention mask."""


class Perception(nn.Module):
    """Eq. 9-10: emotion embeddings weigh the steps, and each emotion is scored on its own weighted mean.

    Source: Chao et al. 2016, section 2.3.

    Args:
        hidden: width of h_av, which is averaged and classified.
        selector: width of h_av_sel, which locates the attention.
        embedding: width of the emotion embeddings e_n.
        emotions: N.
    """

    def __init__(self, hidden: int, selector: int, embedding: int, emotions: int) -> None:
        super().__init__()
        self.w_h = nn.Linear(selector, embedding, bias=False)
        self.emotion_embeddings = nn.Parameter(torch.randn(emotions, embedding))
        # Fig. 4a shows them before training.
        self.register_buffer("initial_embeddings", self.emotion_embeddings.detach().clone())
        self.w_n = nn.Parameter(torch.empty(emotions, hidden).uniform_(-(hidden**-0.5), hidden**-0.5))
        self.b_n = nn.Parameter(torch.zeros(emotions))

    def forward(
        self,
        h_av: Float[Tensor, "batch t_v hidden"],
        h_av_sel: Float[Tensor, "batch t_v selector"],
        attention_mask: Bool[Tensor, "batch t_v"],
    ) -> Perceived:
        """Attend and score; steps outside the mask (padding, no face) get weight 0."""
        scores = self.w_h(h_av_sel) @ self.emotion_embeddings.T
        perception = masked_softmax(scores.transpose(1, 2), attention_mask.unsqueeze(1))  # eq. 9
        salient = perception @ h_av
        logits = (salient * self.w_n).sum(-1) + self.b_n  # eq. 10
        return Perceived(logits, perception)
