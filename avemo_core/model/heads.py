"""The heads of the two encodings the paper compares with: last-time (eq. 7) and average (eq. 8)."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from avemo_core.model.perception import Perceived


class LastTime(nn.Module):
    """Eq. 7: classify the state at the clip's own last step.

    Source: Chao et al. 2016, section 2.1.
    """

    def __init__(self, hidden: int, emotions: int) -> None:
        super().__init__()
        self.classifier = nn.Linear(hidden, emotions)

    def forward(self, h_av: Float[Tensor, "batch t_v hidden"], step_mask: Bool[Tensor, "batch t_v"]) -> Perceived:
        """Score the last step; the attention it stands for is one-hot."""
        last = step_mask.sum(1) - 1
        weights = torch.nn.functional.one_hot(last, step_mask.shape[1]).to(h_av.dtype)
        return _classified(self.classifier, h_av, weights)


class Average(nn.Module):
    """Eq. 8: classify the mean of the states over the clip's own steps.

    Source: Chao et al. 2016, section 2.1.
    Departs: the states are averaged, then classified, where eq. 8 sums probabilities (docs/decisions/average-encoding.md).
    """

    def __init__(self, hidden: int, emotions: int) -> None:
        super().__init__()
        self.classifier = nn.Linear(hidden, emotions)

    def forward(self, h_av: Float[Tensor, "batch t_v hidden"], step_mask: Bool[Tensor, "batch t_v"]) -> Perceived:
        """Score the mean; the attention it stands for is 1/T."""
        weights = step_mask.to(h_av.dtype)
        return _classified(self.classifier, h_av, weights / weights.sum(1, keepdim=True))


def _classified(classifier: nn.Linear, h_av: Float[Tensor, "batch t_v hidden"], weights: Float[Tensor, "batch t_v"]) -> Perceived:
    encoded = (weights.unsqueeze(1) @ h_av).squeeze(1)
    perception = weights.unsqueeze(1).expand(-1, classifier.out_features, -1)
    return Perceived(classifier(encoded), perception)
