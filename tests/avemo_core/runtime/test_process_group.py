import pytest
import torch
from torch import Tensor, distributed

from avemo_core.runtime.process_group import ProcessGroup


class Sent(Exception):  # noqa: N818 - not an error, it ends the message where its device is known
    pass


@pytest.fixture(autouse=True)
def _wire(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(message: Tensor, **_: int) -> None:
        raise Sent(message.device.type)

    monkeypatch.setattr(distributed, "all_reduce", send)
    monkeypatch.setattr(distributed, "broadcast", send)


@pytest.mark.parametrize("operation", [ProcessGroup.broadcast, ProcessGroup.all_reduce])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_a_message_leaves_from_the_groups_device_wherever_its_values_are(operation: object, device: str):
    with pytest.raises(Sent, match=device):
        operation(ProcessGroup(count=2, device=device), torch.zeros(2))


def test_a_process_alone_sends_nothing():
    values = torch.ones(2)

    assert ProcessGroup().broadcast(values) is values
    assert ProcessGroup().all_reduce(values) is values


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_the_shards_of_all_processes_are_the_batch(count: int):
    shards = [ProcessGroup(rank=rank, count=count).shard(range(4)) for rank in range(count)]

    assert sorted(index for shard in shards for index in shard) == [0, 1, 2, 3]
