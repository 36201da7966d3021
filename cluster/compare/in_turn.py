"""Folds one after the other: a prepared fold is let go once its models are trained, and only then another is begun."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NoReturn, TypeVar

import ray

from cluster.progress import Progress, duration
from cluster.ray.stopping import stop_requests

_LINE_S: Final = 20.0
"""Between two lines about how many models are trained."""
_POLL_S: Final = 1.0
"""Between two checks for a signal."""

_Fold = TypeVar("_Fold")
FoldTasks = Mapping[str, Sequence[Any]]
"""Tasks of a fold by model, one a run. Nothing but they may hold what was prepared for them."""


def folds_at_once(cores: int, tasks_a_fold: int) -> int:
    """How many folds are in memory together: as many as keep the cores busy, and one that is being prepared meanwhile."""
    return -(-cores // tasks_a_fold) + 1


def in_turn(folds: Sequence[_Fold], start: Callable[[_Fold], FoldTasks], *, tasks_a_fold: int, at_once: int) -> list[dict[str, list[Any]]]:
    """Run the tasks of all folds, of so many folds at once.

    Args:
        folds: in the order to begin them.
        start: begins a fold's tasks.
        tasks_a_fold: how many that are.
        at_once: a fold is begun when fewer than this have tasks left.

    Returns:
        Of each fold the results by model.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came; running tasks are cancelled.
    """
    progress, started_s, line_s = Progress("compare"), time.monotonic(), time.monotonic()
    results: list[dict[str, list[Any]]] = [{} for _ in folds]
    running: dict[int, FoldTasks] = {}
    waiting: dict[Any, int] = {}
    begun = done_tasks = 0
    with stop_requests() as stop:
        while begun < len(folds) or running:
            while begun < len(folds) and len(running) < at_once:
                running[begun] = start(folds[begun])
                waiting |= {task: begun for runs in running[begun].values() for task in runs}
                begun += 1
            done, _ = ray.wait(list(waiting), num_returns=1, timeout=_POLL_S)
            ray.get(done)  # a task that failed ends the comparison now, not when its fold is complete
            for number in [waiting.pop(task) for task in done]:
                done_tasks += 1
                if number not in waiting.values():
                    results[number] = {model: ray.get(list(runs)) for model, runs in running.pop(number).items()}
            if stop:
                _cancel(waiting)
            if waiting and time.monotonic() - line_s > _LINE_S:
                line_s = time.monotonic()
                models = len(folds) * tasks_a_fold
                progress.say(f"compare: {done_tasks} of {models} models trained in {duration(line_s - started_s)}")
    return results


def _cancel(waiting: Collection[Any]) -> NoReturn:
    """Cancel the tasks, then interrupt: a shutdown of Ray while its tasks run would end this process without its exit code."""
    for task in waiting:
        ray.cancel(task, force=True)
    raise KeyboardInterrupt
