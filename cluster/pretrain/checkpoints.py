"""Checkpoints of identity pretraining: when one is written, what it holds, and how a restarted worker goes on from it.

    step of an epoch   1  2  3  4  5  6  7  8 ...
    checkpoint               x        x           after a step, when one is due
    killed                                  ^ in step 8: the next workers go on at step 7, from the state after step 6

What a step draws at random follows from seed, epoch, step and rank, and the order of the pictures from seed and epoch. So a resumed
training does the same steps, and the sums of the epoch's loss go on from those in the checkpoint.
"""

from __future__ import annotations

import time
from typing import Final

import torch
from ray import train

from avemo_core.identity.training import IdentityEpoch, IdentityTrainingState
from avemo_core.runtime.process_group import ProcessGroup
from cluster.ray.checkpoint import Checkpoint

CHECKPOINT_S: Final = 30.0
"""Between two checkpoints at least; a training that is interrupted loses at most what it did since the last."""
SAVING_SHARE: Final = 0.05
"""At most this proportion of the time goes into checkpoints, which are large (AlexNet: 0.5 GB) and may travel far."""


class Checkpoints:
    """Called after each step: writes a checkpoint when one is due.

    Args:
        process_group: all workers; each calls after the same steps.
        device: where the messages between them lie.
        checkpoint: of this training.
        least_s: seconds between two checkpoints at least.
    """

    def __init__(self, process_group: ProcessGroup, device: torch.device, checkpoint: Checkpoint, least_s: float) -> None:
        self._process_group, self._device, self._checkpoint, self._least_s = process_group, device, checkpoint, least_s
        self._wait_s, self._saved_s = least_s, time.monotonic()

    def __call__(self, state: IdentityTrainingState) -> None:
        """Save the state if it is time."""
        # The main process's clock decides for all: `train.report` waits until every worker has called it.
        due = torch.tensor([time.monotonic() - self._saved_s > self._wait_s], dtype=torch.int32, device=self._device)
        if not self._process_group.broadcast(due).item():
            return
        started_s = time.monotonic()
        self._save(state)
        self._saved_s = time.monotonic()
        # Saving took d seconds: then the next d / SAVING_SHARE = 20 d seconds are for training.
        self._wait_s = max(self._least_s, (self._saved_s - started_s) / SAVING_SHARE)

    def _save(self, state: IdentityTrainingState) -> None:
        if self._process_group.is_main:
            self._checkpoint.write({**vars(state), "history": [tuple(epoch) for epoch in state.history]})
        train.report({"epoch": state.epoch, "step": state.step})


def last_state(checkpoint: Checkpoint) -> IdentityTrainingState | None:
    """The state in the last checkpoint; None if there is none. Every worker calls it."""
    content = checkpoint.last()
    if content is None:
        return None
    return IdentityTrainingState(**{**content, "history": tuple(IdentityEpoch(*epoch) for epoch in content["history"])})
