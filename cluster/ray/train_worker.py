"""What every worker of Ray Train needs to know of the others, and what becomes of work that it refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from functools import wraps
from typing import Any, Final

from ray import train
from ray.train import RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer, get_device
from ray.train.v2.api.exceptions import WorkerGroupError

from avemo_core.errors import AvemoError
from avemo_core.runtime.process_group import ProcessGroup
from cluster.ray.stopping import stop_requests

_LOOK_S: Final = 0.2
Work = Callable[[Mapping[str, Any]], None]


def process_group() -> ProcessGroup:
    """The workers of this training; they talk over the device they train on, as NCCL takes no tensors of the CPU."""
    context = train.get_context()
    return ProcessGroup(rank=context.get_world_rank(), count=context.get_world_size(), device=get_device())


def refusal(work: Work, told: Mapping[str, Any], scaling: ScalingConfig, run: RunConfig) -> AvemoError | None:
    """Do the work on Ray Train workers, and say what they refused.

    A worker by itself hands back an error of ours instead of raising it: Ray Train does again what raised, and the same data would be
    refused again. One of several raises it, as the others may not have met it, and would wait for their peer.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came; the last checkpoint stays.
        ray.train.TrainingFailedError: it failed more often than that helps.
    """
    trainer = TorchTrainer(_refusing(work), train_loop_config=dict(told), scaling_config=scaling, run_config=run)  # type: ignore[arg-type]
    result: Future[Any] = Future()
    threading.Thread(target=_fit, args=(trainer, result), name="Ray Train", daemon=True).start()
    # Ray Train takes over the main thread's signals, and leaves with 1 and without a word; in a thread of its own it cannot.
    with stop_requests() as stop:
        while not wait([result], timeout=_LOOK_S).done:
            if stop:
                raise KeyboardInterrupt
    try:
        refused: AvemoError | None = result.result().return_value
    except WorkerGroupError as error:
        return _ours(error)
    return refused


def _ours(error: WorkerGroupError) -> AvemoError:
    """What of ours a worker raised; Ray Train wraps it.

    Raises:
        WorkerGroupError: none of it was ours.
    """
    for failure in error.worker_failures.values():
        cause = getattr(failure, "_base_exc", failure)
        if isinstance(cause, AvemoError):
            return cause
    raise error


def _fit(trainer: TorchTrainer, result: Future[Any]) -> None:
    try:
        result.set_result(trainer.fit())
    except BaseException as error:  # noqa: BLE001 - the other thread raises it
        result.set_exception(error)


def _refusing(work: Work) -> Callable[[Mapping[str, Any]], AvemoError | None]:
    @wraps(work)
    def told(config: Mapping[str, Any]) -> AvemoError | None:
        try:
            work(config)
        except AvemoError as error:
            if train.get_context().get_world_size() > 1:
                raise
            return error
        return None

    return told
