"""The state of a training in our own storage."""

import io
import threading
from pathlib import Path

import pytest
import torch
from torch import distributed

from avemo_core.runtime.process_group import ProcessGroup
from cluster.ray.checkpoint import Checkpoint, drop_checkpoints
from cluster.storage.location import open_folder

ALONE = ProcessGroup()


@pytest.mark.parametrize("place", ["disk", "memory"])
def test_what_was_written_last_is_read(place: str, tmp_path: Path):
    location = {"disk": str(tmp_path / "training"), "memory": f"memory://{tmp_path.name}"}[place]
    checkpoint = Checkpoint(location, ALONE)
    assert checkpoint.last() is None

    for epoch in (1, 2):
        checkpoint.write({"epoch": epoch, "weights": torch.arange(3.0) * epoch})

    found = Checkpoint(location, ALONE).last()
    assert found is not None
    assert found["epoch"] == 2
    assert found["weights"].tolist() == [0, 2, 4]


def test_the_last_state_that_ray_train_kept_for_version_0_1_0_is_gone_on_from(tmp_path: Path):
    for number, name in enumerate(("checkpoint_2026-01-01_00-00-01.1", "checkpoint_2026-01-01_00-00-09.5")):
        buffer = io.BytesIO()
        torch.save({"epoch": number}, buffer)
        open_folder(str(tmp_path)).write(f"{name}/state.pt", buffer.getvalue())
    checkpoint = Checkpoint(str(tmp_path), ALONE)

    before = checkpoint.last()
    checkpoint.write({"epoch": 7})

    assert before == {"epoch": 1}
    assert checkpoint.last() == {"epoch": 7}


def test_only_checkpoints_of_the_name_are_dropped(tmp_path: Path):
    folder = open_folder(str(tmp_path))
    for name in ("_training-a/state.pt", "_training-a/checkpoint_1/state.pt", "other/x", "model.json"):
        folder.write(name, b"x")

    drop_checkpoints(str(tmp_path), "_training-")

    assert folder.tree() == ["model.json", "other/x"]


def test_a_worker_that_reads_no_store_gets_the_state_of_the_main_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    Checkpoint(str(tmp_path / "main"), ALONE).write({"weights": torch.arange(5)})
    wire = _Wire(count=2)
    monkeypatch.setattr(distributed, "broadcast", wire.broadcast)
    found: dict[int, object] = {}

    def read(rank: int, where: str) -> None:
        wire.rank.value = rank
        last = Checkpoint(str(tmp_path / where), ProcessGroup(rank=rank, count=2)).last()
        found[rank] = None if last is None else last["weights"].tolist()

    threads = [threading.Thread(target=read, args=arguments) for arguments in ((0, "main"), (1, "nothing there"))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert found == {0: [0, 1, 2, 3, 4], 1: [0, 1, 2, 3, 4]}


class _Wire:
    """Stands for torch's process group, between threads."""

    def __init__(self, count: int) -> None:
        self.rank, self._barrier, self._sent = threading.local(), threading.Barrier(count), torch.empty(0)

    def broadcast(self, values: torch.Tensor, src: int) -> None:
        if self.rank.value == src:
            self._sent = values.clone()
        self._barrier.wait(30)
        values.copy_(self._sent)
        self._barrier.wait(30)
