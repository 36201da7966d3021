import pytest
import torch
from torch import Tensor, distributed

from avemo_core.runtime.process_group import ProcessGroup


class Sent(Exception):  # noqa: N818 - not an error, it ends the message where it is looked at
    pass


@pytest.fixture(autouse=True)
def _wire(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(message: Tensor, **_: int) -> None:
        raise Sent(message.device.type)

    monkeypatch.setattr(distributed, "all_reduce", look)
    monkeypatch.setattr(distributed, "broadcast", look)


@pytest.mark.parametrize("say", [ProcessGroup.broadcast, ProcessGroup.all_reduce])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_a_message_leaves_from_the_peers_own_device_wherever_its_values_are(say: object, device: str):
    with pytest.raises(Sent, match=device):
        say(ProcessGroup(count=2, device=device), torch.zeros(2))


def test_who_is_alone_says_nothing():
    values = torch.ones(2)

    assert ProcessGroup().broadcast(values) is values
    assert ProcessGroup().all_reduce(values) is values


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_the_shares_of_all_peers_are_the_batch(count: int):
    shares = [ProcessGroup(rank=rank, count=count).shard(range(4)) for rank in range(count)]

    assert sorted(index for shard in shares for index in shard) == [0, 1, 2, 3]
