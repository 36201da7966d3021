"""Two networks that are not the paper's, to see what its recurrent layers are worth."""

import torch
from torch import Tensor, nn

from avemo_core.model.batch import Batch
from avemo_core.model.config import NetworkConfig
from avemo_core.model.dropout import AttentionDropout, ClipDropout
from avemo_core.model.network import Output, Widths, build
from avemo_core.model.perception import Perception
from schemas.emotions import EMOTIONS


def _steps(batch: Batch) -> Tensor:
    """All streams at each video step, the sound at its coarse alignment."""
    sound = torch.gather(batch.audio, 1, batch.centre.unsqueeze(2).expand(-1, -1, batch.audio.shape[2]))
    sound = sound * (batch.audio_steps > 0).view(-1, 1, 1)
    return torch.cat([sound, batch.shape, batch.appearance], 2)


class Segments(nn.Module):
    """Perception attention over segments of functionals: a linear layer in place of each encoder."""

    def __init__(self, config: NetworkConfig, widths: Widths) -> None:
        super().__init__()
        self.input_dropout = ClipDropout(config.input_dropout)
        self.encoder, self.selector = nn.Linear(sum(widths), config.width), nn.Linear(sum(widths), config.selector_width)
        self.hidden_dropout = ClipDropout(config.dropout)
        self.attention_dropout = AttentionDropout(config.attention_dropout)
        self.head = Perception(config.width, config.selector_width, config.embedding, len(EMOTIONS))

    def forward(self, batch: Batch) -> Output:
        """Score a batch."""
        steps = self.input_dropout(_steps(batch))
        h, h_sel = self.hidden_dropout(self.encoder(steps)), self.selector(steps)
        logits, perception = self.head(h, h_sel, self.attention_dropout(batch.attention_mask))
        return Output(logits, perception, None)


class LinearBranch(nn.Module):
    """The paper's network, to whose logits a linear layer of the steps' mean is added."""

    def __init__(self, config: NetworkConfig, widths: Widths) -> None:
        super().__init__()
        self.network = build(config, widths)
        self.linear = nn.Linear(sum(widths), len(EMOTIONS))
        nn.init.zeros_(self.linear.weight)

    def forward(self, batch: Batch) -> Output:
        """Score a batch."""
        logits, perception, alignment = self.network(batch)
        mask = batch.attention_mask.unsqueeze(2)
        mean = (_steps(batch) * mask).sum(1) / mask.sum(1).clamp_min(1)
        return Output(logits + self.linear(mean), perception, alignment)
