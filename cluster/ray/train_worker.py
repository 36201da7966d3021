"""Running a function on Ray Train workers: their process group, and how an error of ours comes back to the driver."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from functools import wraps
from typing import Any, Final

from ray import train
from ray.train import RunConfig, ScalingConfig, WorkerGroupError
from ray.train.torch import TorchTrainer, get_device

from avemo_core.errors import AvemoError
from avemo_core.runtime.process_group import ProcessGroup
from cluster.progress import say
from cluster.ray.capacity import Needs, describe, node_resources
from cluster.ray.private import waits_for_room, wrapped_error
from cluster.ray.stopping import stop_requests

_POLL_S: Final = 0.2
"""Between two checks for a signal while the workers train."""

_ROOM_S: Final = 5.0
"""Between two checks whether the workers have room."""

_WAITING_LINE_S: Final = 30.0
"""Between two lines that say what is waited for; the first comes after half of it."""

Work = Callable[[Mapping[str, Any]], None]
"""What each worker runs; gets the training config."""


def process_group() -> ProcessGroup:
    """This worker's view of all workers of the training; messages lie on the device it trains on, as NCCL takes no tensors of the CPU."""
    context = train.get_context()
    return ProcessGroup(rank=context.get_world_rank(), count=context.get_world_size(), device=get_device())


def run_on_train_workers(work: Work, config: Mapping[str, Any], scaling: ScalingConfig, run: RunConfig) -> AvemoError | None:
    """Run `work` on Ray Train workers to its end.

    A single worker returns an AvemoError instead of raising it: Ray Train starts again what raised, and the same data would be
    refused again. One of several raises it: the others may not have met the error, and would wait for its messages for ever.

    Returns:
        The AvemoError that a worker met; None if there was none.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came; the last checkpoint stays.
        ray.train.TrainingFailedError: it failed in another way more often than the run config allows.
    """
    trainer = TorchTrainer(_refusing(work), train_loop_config=dict(config), scaling_config=scaling, run_config=run)  # type: ignore[arg-type]
    result: Future[Any] = Future()
    threading.Thread(target=_fit, args=(trainer, result), name="Ray Train", daemon=True).start()
    # In the main thread, Ray Train would catch the signals itself and end the process with code 1 and no message.
    room = _Room(scaling)
    with stop_requests() as stop:
        while not wait([result], timeout=_POLL_S).done:
            if stop:
                raise KeyboardInterrupt
            room.say_what_is_waited_for(time.monotonic())
    try:
        refused: AvemoError | None = result.result().return_value
    except WorkerGroupError as error:
        return _ours(error)
    return refused


class _Room:
    """Says what the workers wait for, while no node has room for them: Ray Train itself waits without a word."""

    def __init__(self, scaling: ScalingConfig) -> None:
        each: Any = scaling.resources_per_worker or {}
        needs, count = Needs(cpus=each.get("CPU", 0), gpus=each.get("GPU", 0)), scaling.num_workers
        self._wanted = f"1 worker needs {needs}" if count == 1 else f"{count} workers need {needs} each"
        self._looked_s = self._placed_s = time.monotonic()
        self._line_s = float("-inf")

    def say_what_is_waited_for(self, now_s: float) -> None:
        if now_s - self._looked_s < _ROOM_S:
            return
        self._looked_s = now_s
        if not waits_for_room():
            self._placed_s = now_s
        elif now_s - self._placed_s > _WAITING_LINE_S / 2 and now_s - self._line_s > _WAITING_LINE_S:
            self._line_s = now_s
            say(f"waiting for room: {self._wanted}; the cluster has {describe(node_resources())}, other work's included")


def _ours(error: WorkerGroupError) -> AvemoError:
    """The AvemoError among what the workers raised; Ray Train wraps it.

    Raises:
        WorkerGroupError: there is none among them.
    """
    for failure in error.worker_failures.values():
        cause = wrapped_error(failure)
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
    def refusing(config: Mapping[str, Any]) -> AvemoError | None:
        try:
            work(config)
        except AvemoError as error:
            if train.get_context().get_world_size() > 1:
                raise
            return error
        return None

    return refusing
