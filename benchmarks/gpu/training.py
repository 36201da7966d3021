"""A training step of the network with both attentions (Chao et al. 2016), in float32 and under autocast."""

from collections.abc import Callable
from typing import Final

import torch
from torch.nn import functional

from avemo_core.model.batch import Batch
from avemo_core.model.config import NetworkConfig
from avemo_core.model.network import Widths, build
from schemas.emotions import EMOTIONS

CLIPS, FRAMES, STEPS = 32, 75, 94
"""A batch: three seconds of pictures at 25 fps, and the audio steps beside them."""
WIDTHS: Final = Widths(audio=100, shape=98, appearance=200)
LEARNT: Final = 20
"""Steps after which losses are compared."""


def batch_of(device: torch.device) -> Batch:
    """Values at random, every frame with a face."""
    draw = torch.Generator().manual_seed(0)
    everywhere = torch.ones(CLIPS, FRAMES, dtype=torch.bool)
    return Batch(
        audio=torch.randn(CLIPS, STEPS, WIDTHS.audio, generator=draw),
        shape=torch.randn(CLIPS, FRAMES, WIDTHS.shape, generator=draw),
        appearance=torch.randn(CLIPS, FRAMES, WIDTHS.appearance, generator=draw),
        centre=torch.arange(FRAMES).mul(STEPS).div(FRAMES, rounding_mode="floor").expand(CLIPS, FRAMES),
        audio_steps=torch.full((CLIPS,), STEPS),
        step_mask=everywhere,
        attention_mask=everywhere,
        label=torch.arange(CLIPS) % len(EMOTIONS),
        moment=~everywhere,
    ).to(device)


def learnt(device: torch.device, *, autocast: bool) -> tuple[Callable[[], torch.Tensor], list[float]]:
    """A further step, to be timed, and the losses of the first twenty on one batch, without dropout."""
    torch.manual_seed(0)
    network, batch = build(NetworkConfig(dropout=0.0), WIDTHS).to(device), batch_of(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)

    def step() -> torch.Tensor:
        optimiser.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
            logits = network(batch).logits
        loss = functional.cross_entropy(logits.float(), batch.label)
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step, [float(step()) for _ in range(LEARNT)]
