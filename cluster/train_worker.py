"""What every worker of Ray Train needs to know of the others, and what becomes of work that it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from ray import train
from ray.train import RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer, get_device

from avemo_core.errors import AvemoError
from avemo_core.fit.peers import Peers

Work = Callable[[Mapping[str, Any]], None]


def peers() -> Peers:
    """The workers of this training; they talk over the device they train on, as NCCL takes no tensors of the CPU."""
    context = train.get_context()
    return Peers(rank=context.get_world_rank(), count=context.get_world_size(), device=get_device())


def refusal(work: Work, told: Mapping[str, Any], scaling: ScalingConfig, run: RunConfig) -> AvemoError | None:
    """Do the work on Ray Train workers, and say what they refused.

    Workers hand back an error of ours instead of raising it: Ray Train does again what raised, and the same data would be refused again.

    Raises:
        ray.train.TrainingFailedError: it failed more often than that helps.
    """
    trainer = TorchTrainer(_refusing(work), train_loop_config=dict(told), scaling_config=scaling, run_config=run)  # type: ignore[arg-type]
    refused: AvemoError | None = trainer.fit().return_value  # type: ignore[attr-defined]  # the stubs are those of the first Ray Train
    return refused


def _refusing(work: Work) -> Callable[[Mapping[str, Any]], AvemoError | None]:
    @wraps(work)
    def told(config: Mapping[str, Any]) -> AvemoError | None:
        try:
            work(config)
        except AvemoError as error:
            return error
        return None

    return told
