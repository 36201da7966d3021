"""What every worker of Ray Train needs to know of the others."""

from __future__ import annotations

from ray import train
from ray.train.torch import get_device

from avemo_core.fit.peers import Peers


def peers() -> Peers:
    """The workers of this training; they talk over the device they train on, as NCCL takes no tensors of the CPU."""
    context = train.get_context()
    return Peers(rank=context.get_world_rank(), count=context.get_world_size(), device=get_device())
