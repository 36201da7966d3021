"""Soft alignment of the audio states to the video clock (Chao et al. 2016, section 2.1)."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from avemo_core.model.softmax import masked_softmax


class Aligned(NamedTuple):
    """What the alignment gives."""

    x: Float[Tensor, "batch t_v hidden"]
    """Expected audio state at each video step (eq. 6)."""
    alignment: Float[Tensor, "batch t_v window"]
    """Eq. 4: sums to 1 over the positions inside the clip; all 0 where there are none."""


class Alignment(nn.Module):
    """Eq. 4-6: soft attention over a window of 2w audio states around the coarse alignment p_t.

    Source: Chao et al. 2016, section 2.1.
    Departs: 2w positions, offsets -w .. w - 1 (docs/decisions/window.md); positions outside the clip get weight 0
    (docs/decisions/masked-windows.md).

    Args:
        hidden: width of h_a and of v.
        half_window: w, in audio steps.
        with_faces: whether there is a v; without, eq. 5 scores the audio states alone.
    """

    def __init__(self, hidden: int, half_window: int = 2, *, with_faces: bool = True) -> None:
        super().__init__()
        self.w_a = nn.Linear(hidden, hidden, bias=False)
        self.w_v = nn.Linear(hidden, hidden, bias=False) if with_faces else None
        self.w = nn.Parameter(torch.empty(2 * half_window, hidden))
        nn.init.uniform_(self.w, -(hidden**-0.5), hidden**-0.5)
        self.register_buffer("offsets", torch.arange(-half_window, half_window), persistent=False)
        self.offsets: Tensor

    def forward(
        self,
        h_a: Float[Tensor, "batch t_a hidden"],
        v: Float[Tensor, "batch t_v hidden"] | None,
        centre: Int[Tensor, "batch t_v"],
        audio_steps: Int[Tensor, " batch"],
    ) -> Aligned:
        """Align all steps at once: the scores do not depend on the Audio-Visual LSTM's state.

        Args:
            h_a: Audio-LSTM states.
            v: fused visual representation; None for a model without faces.
            centre: p_t, the coarse alignment, an index into t_a.
            audio_steps: each clip's own steps of h_a, without padding; 0 for a clip without sound, whose x is 0.
        """
        positions, inside = self._window(centre, audio_steps)
        h_att, projected = _gather(torch.cat([h_a, self.w_a(h_a)], -1), positions).chunk(2, -1)
        query = projected if self.w_v is None else projected + self.w_v(v).unsqueeze(2)
        scores = (torch.tanh(query) * self.w).sum(-1)  # eq. 5
        alignment = masked_softmax(scores, inside)  # eq. 4
        x = (alignment.unsqueeze(3) * h_att).sum(2)  # eq. 6
        return Aligned(x, alignment)

    def _window(
        self, centre: Int[Tensor, "batch t_v"], audio_steps: Int[Tensor, " batch"]
    ) -> tuple[Int[Tensor, "batch t_v window"], Bool[Tensor, "batch t_v window"]]:
        """The audio step under each window position, and whether the clip has that step."""
        # With w = 2 and offsets -2 .. 1, in a clip of 6 audio steps whose batch is padded to 8:
        #
        #     audio step  -2   -1 |  0    1    2    3    4    5 |  6    7
        #     p_t = 0      x    x    0    1                                 two positions before the clip
        #     p_t = 3                     1    2    3    4                  all inside
        #     p_t = 5                               3    4    5    x        one behind it, although padding stands there
        #
        # An x is looked up at step 0, just to have an index, and `inside` gives it the weight 0.
        positions = centre.unsqueeze(-1) + self.offsets
        steps = audio_steps.view(-1, 1, 1)
        inside = (positions >= 0) & (positions < steps)
        return torch.where(inside, positions, 0), inside


def _gather(states: Float[Tensor, "batch t_a d"], positions: Int[Tensor, "batch t_v window"]) -> Float[Tensor, "batch t_v window d"]:
    """The states at the positions; an embedding look-up, whose gradient is the fastest of torch's gathers on a CPU."""
    first = torch.arange(len(states), device=states.device).view(-1, 1, 1) * states.shape[1]
    return functional.embedding(positions + first, states.flatten(0, 1))
