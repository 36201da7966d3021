"""Training on Ray Train: what each worker does, and how a training goes on after a worker or the driver was killed.

A bundle has several networks (seeds; those of the temperature's ensembles), trained one after the other. A checkpoint
(cluster.ray.checkpoint), written after an epoch, holds the finished networks (`done`) and the unfinished one (`current`, with the
state of its optimiser):

    network            0           1           2
    epochs             1 2 3 .. 9  1 2 3 .. 9  1 2 3 4 5
    last checkpoint    done        done            ^ current, after epoch 3
    killed                                             ^ in epoch 5

Started again, `fit_bundle` makes the same calls in the same order: calls 0 and 1 return `done`, call 2 goes on at epoch 4.

What an epoch draws at random follows from seed and epoch, so a resumed training ends in the same bits.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import torch
from ray import train
from ray.train import FailureConfig, RunConfig, ScalingConfig

from avemo_core.features.clip_features import columns_to_read, from_table
from avemo_core.model.network import Widths
from avemo_core.runtime.process_group import ProcessGroup
from avemo_core.runtime.scratch import in_memory, on_disk
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.config import Recipe
from avemo_core.training.epochs import Dataset, EpochMetrics, TrainingState, fit_network
from avemo_core.training.splits import Split
from cluster.ray import train_worker
from cluster.ray.capacity import Needs, check_room
from cluster.ray.checkpoint import Checkpoint, drop_checkpoints
from cluster.storage.bundles import save_bundle
from cluster.tables import parts
from cluster.tables.feature_table import columns_of_table

CHECKPOINT_S: Final = 10.0
"""Between two checkpoints, which come after an epoch: an interrupted training loses at most so much, or one epoch."""

_CHECKPOINTS: Final = "_training-"
"""So the folders of checkpoints begin, beside the bundle to be."""

_MAX_FAILURES: Final = 3
"""So often the workers are started again."""


@dataclass(frozen=True, kw_only=True)
class TrainTask:
    """What to train, and where; every worker gets it."""

    features: str
    """Location of the features table."""
    out: str
    """Location of the bundle, and of the checkpoints while it runs."""
    recipe: Recipe
    split: Split
    seeds: tuple[int, ...]
    """Of the networks whose probabilities the bundle averages."""
    feature_set: str
    extraction: Mapping[str, Any]
    """Provenance of the features, for the bundle."""
    request: Mapping[str, Any]
    """What was asked for, for the bundle: another request must not write over it."""
    content: str = ""
    """Digest of what the features are (`cluster.train.content`): after a correction no checkpoint of before is gone on from."""
    about_lock: Mapping[str, bool] = field(default_factory=dict)
    """For the bundle: `unsafe_lock` where nothing kept another run from writing here too."""
    checkpoint_s: float = CHECKPOINT_S
    on_disk: bool = False
    """Whether the features, and what is made of them, lie on a worker's own disk meanwhile; no value hangs on it."""


def fit_on_workers(task: TrainTask, *, workers: int, gpus_per_worker: float) -> None:
    """Fit the bundle on Ray Train workers; the main one writes it to `task.out`.

    A worker that dies is replaced, and all go on from the last checkpoint.

    Raises:
        ConfigError: there is no room for so many; no clip can be trained on.
        TableError: the features are damaged.
        KeyboardInterrupt: SIGINT or SIGTERM came; the last checkpoint stays.
        ray.train.TrainingFailedError: it failed more than `_MAX_FAILURES` times.
    """
    check_room(Needs(cpus=1.0, gpus=gpus_per_worker), workers)
    resources = {"CPU": 1.0} | ({"GPU": gpus_per_worker} if gpus_per_worker else {})
    scaling = ScalingConfig(num_workers=workers, use_gpu=gpus_per_worker > 0, resources_per_worker=resources)
    failures = FailureConfig(max_failures=_MAX_FAILURES)
    with tempfile.TemporaryDirectory(prefix="avemo-") as local:  # what Ray Train itself writes, nobody reads
        run = RunConfig(name=_name(task), storage_path=local, failure_config=failures)
        refused = train_worker.run_on_train_workers(_work, {"task": task}, scaling, run)
    # A refused training has no use for its own checkpoints; beside a model nobody has for any, as of features since corrected.
    drop_checkpoints(task.out, _CHECKPOINTS if refused is None else _name(task))
    if refused is not None:
        raise refused


def _name(task: TrainTask) -> str:
    """Folder of the checkpoints; the same for the same training, so that a run started again goes on where the last one was killed."""
    asked = [dict(task.request), task.recipe.to_json(), task.split.rows.to_pylist(), *([task.content] if task.content else [])]
    settings = json.dumps(asked, sort_keys=True)
    return f"{_CHECKPOINTS}{hashlib.sha256(settings.encode()).hexdigest()[:12]}"


def _work(config: Mapping[str, Any]) -> None:
    """One worker's part: read the features and fit together with the others; the main one writes the bundle."""
    task: TrainTask = config["task"]
    torch.set_num_threads(1)
    process_group = train_worker.process_group()
    checkpoint = Checkpoint(f"{task.out}/{_name(task)}", process_group)
    trainer = Resumable(process_group, torch.device(process_group.device), checkpoint, task.checkpoint_s)
    columns = columns_to_read(task.recipe.model.named, columns_of_table(task.features))
    storage = on_disk if task.on_disk else in_memory
    with storage() as keep:
        tables = parts.row_groups(task.features, columns) if task.on_disk else [parts.read(task.features, columns)]
        clips = [keep(clip) for table in tables for clip in from_table(table)]
        bundle = fit_bundle(task.recipe, clips, task.split, task.seeds, task.feature_set, task.extraction, trainer, storage)
    if process_group.is_main:
        save_bundle(replace(bundle, training={**bundle.training, "request": dict(task.request), **task.about_lock}), task.out)
    train.report({"done": True})


class Resumable:
    """Trains the networks of a bundle, a call each; after a restart, the finished ones come from the checkpoint.

    Args:
        process_group: the workers that share the batches.
        device: where the networks live.
        checkpoint: of this training.
        checkpoint_s: seconds between checkpoints, which are written after an epoch.
    """

    def __init__(
        self, process_group: ProcessGroup, device: torch.device, checkpoint: Checkpoint, checkpoint_s: float = CHECKPOINT_S
    ) -> None:
        self._process_group, self._device, self._checkpoint, self._checkpoint_s = process_group, device, checkpoint, checkpoint_s
        self._done, self._current = _states(checkpoint.last())
        self._calls = 0
        self._saved_s = time.monotonic()

    def __call__(self, recipe: Recipe, widths: Widths, data: Dataset, seed: int) -> TrainingState:
        """Train one network, or return the one that was trained before the restart; calls must come in the same order again."""
        call, self._calls = self._calls, self._calls + 1
        if call < len(self._done):
            return self._done[call]
        resume, self._current = self._current, None
        state = fit_network(
            recipe.model,
            recipe.fit,
            widths,
            data,
            seed,
            process_group=self._process_group,
            device=self._device,
            resume=resume,
            on_epoch=self._on_epoch,
        )
        self._done.append(replace(state, learner={}))  # only an unfinished network needs its optimiser's state
        return state

    def _on_epoch(self, state: TrainingState) -> None:
        # The main process's clock decides for all: `train.report` waits until every worker has called it.
        due = torch.tensor([time.monotonic() - self._saved_s > self._checkpoint_s], dtype=torch.int32)
        if not self._process_group.broadcast(due).item():
            return
        self._saved_s = time.monotonic()
        metrics = {"network": len(self._done), **state.history[-1]._asdict()}
        if self._process_group.is_main:
            self._checkpoint.write({"done": [_plain(done) for done in self._done], "current": _plain(state)})
        train.report(metrics)


def _states(content: Mapping[str, Any] | None) -> tuple[list[TrainingState], TrainingState | None]:
    """The finished networks and the unfinished one of a checkpoint; ([], None) if there is none."""
    if content is None:
        return [], None
    return [_state(done) for done in content["done"]], _state(content["current"])


def _plain(state: TrainingState) -> dict[str, Any]:
    """The state as tensors, numbers and plain containers, which torch loads without unpickling any other class."""
    return {
        "history": [tuple(epoch) for epoch in state.history],
        "learner": state.learner,
        "best_weights": state.best_weights,
        "best_epoch": state.best_epoch,
    }


def _state(plain: Mapping[str, Any]) -> TrainingState:
    return TrainingState(**{**plain, "history": tuple(EpochMetrics(*epoch) for epoch in plain["history"])})
