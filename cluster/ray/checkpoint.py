"""The state of a training under Ray Train, kept in our own storage: Ray Train's own keeps it where pyarrow can write, and nowhere else.

    worker 0    step ... write ......... step ...    killed    read, and send to all    step ...
    worker 1    step ... wait for it ... step ...    killed    receive                  step ...
    OUT         state.pt                                       state.pt

One object, replaced whole. A write that was on its way when its worker was killed may land late: what lies there then is an older
state of the same training, and as good.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Final

import torch

from avemo_core.runtime.process_group import ProcessGroup
from cluster.storage.location import open_folder

_STATE: Final = "state.pt"

_OF_RAY_TRAIN: Final = "checkpoint_"
"""So the folders begin in which Ray Train itself kept the states of avemo 0.1.0, the latest last."""


class Checkpoint:
    """The last state of one training.

    Args:
        location: a folder of its own.
        process_group: the workers of the training.
    """

    def __init__(self, location: str, process_group: ProcessGroup) -> None:
        self._location, self._process_group = location, process_group

    def write(self, content: Mapping[str, Any]) -> None:
        """Replace the state; the main process calls it.

        Args:
            content: tensors, numbers and plain containers.

        Raises:
            TableError: the storage refused, or could not be reached for longer than the retries last.
        """
        buffer = io.BytesIO()
        torch.save(dict(content), buffer)
        open_folder(self._location).write(_STATE, buffer.getvalue())

    def last(self) -> dict[str, Any] | None:
        """The state that was written last, the same in every process; None if there is none. All processes call it.

        Raises:
            TableError: the storage refused, or could not be reached for longer than the retries last.
        """
        stored = self._stored() if self._process_group.is_main else b""
        count = int(self._process_group.broadcast(torch.tensor([len(stored)])).item())
        if not count:
            return None
        sent = torch.frombuffer(bytearray(stored or bytes(count)), dtype=torch.uint8)
        received = self._process_group.broadcast(sent).numpy().tobytes()
        content: dict[str, Any] = torch.load(io.BytesIO(received), map_location="cpu", weights_only=True)
        return content

    def _stored(self) -> bytes:
        folder = open_folder(self._location)
        before = sorted(name for name in folder.subfolders() if name.startswith(_OF_RAY_TRAIN))
        names = [_STATE, *(f"{name}/{_STATE}" for name in reversed(before))]
        return next((content for name in names if (content := folder.read(name))), b"")


def drop_checkpoints(location: str, start: str) -> None:
    """Delete the folders of checkpoints in a folder whose names start so.

    Raises:
        TableError: the storage refused.
    """
    folder = open_folder(location)
    for name in folder.subfolders():
        if name.startswith(start):
            folder.drop(name)
