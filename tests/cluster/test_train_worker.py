"""What the workers of a training know of each other."""

from types import SimpleNamespace

import pytest

from avemo_core.fit.peers import Peers
from cluster import train_worker


def test_workers_talk_over_the_device_they_train_on(monkeypatch: pytest.MonkeyPatch):
    context = SimpleNamespace(get_world_rank=lambda: 1, get_world_size=lambda: 4)
    monkeypatch.setattr(train_worker.train, "get_context", lambda: context)
    monkeypatch.setattr(train_worker, "get_device", lambda: "cuda:1")

    assert train_worker.peers() == Peers(rank=1, count=4, device="cuda:1")
