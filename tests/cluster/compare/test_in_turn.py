"""Folds one after the other: never more of them at once than asked for, and every result in its place."""

import os
import signal
import threading
import time

import pytest
import ray

from cluster.compare.in_turn import FoldTasks, folds_at_once, in_turn

pytestmark = [pytest.mark.usefixtures("ray_session")]


@ray.remote
def _noted(log: object, event: tuple[str, int], result: int) -> int:
    ray.get(log.note.remote(event))
    return result


@ray.remote
class _Log:
    def __init__(self) -> None:
        self.events: list[tuple[str, int]] = []

    def note(self, event: tuple[str, int]) -> None:
        self.events.append(event)

    def read(self) -> list[tuple[str, int]]:
        return self.events


@ray.remote
def _asleep() -> None:
    time.sleep(600)


@ray.remote
def _failing() -> None:
    raise ZeroDivisionError


def test_a_fold_is_begun_when_an_earlier_one_is_done_and_results_keep_their_order():
    log = _Log.remote()

    def start(fold: int) -> FoldTasks:
        ray.get(log.note.remote(("begun", fold)))
        return {
            "a": [_noted.remote(log, ("done", fold), 10 * fold + run) for run in range(2)],
            "b": [_noted.remote(log, ("done", fold), -fold)],
        }

    results = in_turn(range(5), start, tasks_a_fold=3, at_once=2)

    events = ray.get(log.read.remote())
    left = dict.fromkeys(range(5), 3)
    open_folds: set[int] = set()
    most = 0
    for kind, fold in events:
        open_folds.add(fold)
        left[fold] -= kind == "done"
        open_folds -= {fold} if not left[fold] else set()
        most = max(most, len(open_folds))
    assert results == [{"a": [10 * fold, 10 * fold + 1], "b": [-fold]} for fold in range(5)]
    assert [fold for kind, fold in events if kind == "begun"] == list(range(5))
    assert most == 2


def test_a_task_that_fails_ends_the_comparison_before_its_fold_is_complete():
    started_s = time.monotonic()

    with pytest.raises(ZeroDivisionError):
        in_turn([0], lambda _: {"a": [_failing.remote(), _asleep.remote()]}, tasks_a_fold=2, at_once=1)

    assert time.monotonic() - started_s < 300


def test_a_comparison_that_is_told_to_stop_cancels_its_tasks():
    tasks = [_asleep.remote()]
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        in_turn([0], lambda _: {"a": tasks}, tasks_a_fold=1, at_once=1)
    with pytest.raises((ray.exceptions.TaskCancelledError, ray.exceptions.WorkerCrashedError)):
        ray.get(tasks, timeout=240)


@pytest.mark.parametrize(("cores", "tasks", "folds"), [(2, 13, 2), (13, 13, 2), (14, 13, 3), (64, 5, 14)])
def test_as_many_folds_are_in_memory_as_keep_the_cores_busy_and_one_more(cores: int, tasks: int, folds: int):
    assert folds_at_once(cores, tasks) == folds
