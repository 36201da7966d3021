import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from avemo_core.model.alignment import Alignment

SYMBOLS, STEPS, HALF_WINDOW = 12, 24, 2


def matching(clips: int, seed: int) -> tuple[Float[Tensor, "clip t_a d"], Float[Tensor, "clip t_v d"], Int[Tensor, " clip"]]:
    """The same symbols in both streams, in the audio later by the clip's delay in steps."""
    generator = torch.Generator().manual_seed(seed)
    symbols = torch.randint(SYMBOLS, (clips, STEPS + 2 * HALF_WINDOW), generator=generator)
    delays = torch.randint(-HALF_WINDOW, HALF_WINDOW, (clips,), generator=generator)
    audio = torch.stack([line[HALF_WINDOW - int(delay) :][:STEPS] for line, delay in zip(symbols, delays, strict=True)])
    video = symbols[:, HALF_WINDOW : HALF_WINDOW + STEPS]
    return *(torch.nn.functional.one_hot(stream, SYMBOLS).float() for stream in (audio, video)), delays


def test_on_a_matching_objective_the_mean_position_recovers_the_planted_delay():
    torch.manual_seed(0)
    alignment = Alignment(SYMBOLS, HALF_WINDOW)
    optimiser = torch.optim.Adam(alignment.parameters(), 0.03)
    centre = torch.arange(STEPS).expand(64, -1)
    audio_steps = torch.full((64,), STEPS)

    for step in range(250):
        h_a, v, _ = matching(64, step)
        loss = (alignment(h_a, v, centre, audio_steps).x - v).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    h_a, v, delays = matching(64, 1000)
    weights = alignment(h_a, v, centre, audio_steps).alignment[:, HALF_WINDOW:-HALF_WINDOW]
    position = (weights * torch.arange(-HALF_WINDOW, HALF_WINDOW)).sum(-1).mean(-1)

    assert np.corrcoef(position.detach().numpy(), delays.numpy())[0, 1] > 0.9
