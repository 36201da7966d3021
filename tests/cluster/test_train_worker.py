"""What the workers of a training know of each other."""

from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from avemo_core.errors import ConfigError, MediaError
from avemo_core.fit.peers import Peers
from cluster import train_worker
from schemas.rejects import Reason


def test_workers_talk_over_the_device_they_train_on(monkeypatch: pytest.MonkeyPatch):
    context = SimpleNamespace(get_world_rank=lambda: 1, get_world_size=lambda: 4)
    monkeypatch.setattr(train_worker.train, "get_context", lambda: context)
    monkeypatch.setattr(train_worker, "get_device", lambda: "cuda:1")

    assert train_worker.peers() == Peers(rank=1, count=4, device="cuda:1")


def test_what_every_worker_refuses_is_handed_back_and_what_one_meets_alone_is_raised():
    refused, alone = ConfigError("no"), MediaError(Reason.MISSING, "read", "gone")

    def work(config: Mapping[str, Exception]) -> None:
        raise config["error"]

    told = train_worker._refusing(work)

    assert told({"error": refused}) is refused
    with pytest.raises(MediaError):
        told({"error": alone})
