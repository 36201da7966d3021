"""The process group of a training's workers, and what becomes of an error of ours that one of them meets."""

from collections.abc import Mapping
from types import SimpleNamespace

import pytest
from ray.train import WorkerGroupError
from ray.train.v2._internal.exceptions import UserExceptionWithTraceback

from avemo_core.errors import ConfigError
from avemo_core.runtime.process_group import ProcessGroup
from cluster.ray import train_worker


def test_workers_talk_over_the_device_they_train_on(monkeypatch: pytest.MonkeyPatch):
    context = SimpleNamespace(get_world_rank=lambda: 1, get_world_size=lambda: 4)
    monkeypatch.setattr(train_worker.train, "get_context", lambda: context)
    monkeypatch.setattr(train_worker, "get_device", lambda: "cuda:1")

    assert train_worker.process_group() == ProcessGroup(rank=1, count=4, device="cuda:1")


def test_a_single_worker_returns_an_error_of_ours_and_one_of_several_raises_it(monkeypatch: pytest.MonkeyPatch):
    refused = ConfigError("no")

    def work(config: Mapping[str, Exception]) -> None:
        raise config["error"]

    refusing = train_worker._refusing(work)

    monkeypatch.setattr(train_worker.train, "get_context", lambda: SimpleNamespace(get_world_size=lambda: 1))
    assert refusing({"error": refused}) is refused
    monkeypatch.setattr(train_worker.train, "get_context", lambda: SimpleNamespace(get_world_size=lambda: 2))
    with pytest.raises(ConfigError):
        refusing({"error": refused})


def test_an_error_of_ours_is_found_in_what_ray_train_wraps_it_in():
    ours = ConfigError("no")
    wrapped = UserExceptionWithTraceback(ours, traceback_str="Traceback ...")

    assert train_worker._ours(WorkerGroupError("failed", {0: ValueError("other"), 1: wrapped})) is ours
    with pytest.raises(WorkerGroupError):
        train_worker._ours(WorkerGroupError("failed", {0: ValueError("other")}))
