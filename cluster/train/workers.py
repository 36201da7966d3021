"""The Ray Train side of a training: workers, checkpoints, and going on after one was lost."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import fsspec
import torch
from ray import train
from ray.train import Checkpoint, CheckpointConfig, FailureConfig, RunConfig, ScalingConfig

from avemo_core.features.clip_features import FEATURE_COLUMNS, from_table
from avemo_core.model.network import Widths
from avemo_core.runtime.process_group import ProcessGroup
from avemo_core.training.bundle_training import fit_bundle
from avemo_core.training.config import Recipe
from avemo_core.training.epochs import Dataset, EpochMetrics, TrainingState, fit_network
from avemo_core.training.splits import Split
from cluster.ray import train_worker
from cluster.ray.capacity import Needs, check_room
from cluster.tables import parts

CHECKPOINT_S: Final = 10.0
"""A training that is interrupted loses at most so much, or one epoch."""

_STATE: Final = "state.pt"
_MAX_FAILURES: Final = 3


@dataclass(frozen=True, kw_only=True)
class TrainTask:
    """What every worker is told."""

    features: str
    out: str
    recipe: Recipe
    split: Split
    seeds: tuple[int, ...]
    feature_set: str
    extraction: Mapping[str, Any]
    request: Mapping[str, Any]
    checkpoint_s: float = CHECKPOINT_S


def fit_on_workers(task: TrainTask, *, workers: int, gpus_per_worker: float) -> None:
    """Fit the bundle on Ray Train workers; the first of them writes it to `task.out`.

    A worker that dies is replaced, and the training goes on from the last checkpoint.

    Raises:
        ConfigError: there is no room for so many; no clip can be trained on.
        TableError: the features are damaged.
        ray.train.TrainingFailedError: it failed more often than that helps.
    """
    check_room(Needs(cpus=1.0, gpus=gpus_per_worker), workers)
    resources = {"CPU": 1.0} | ({"GPU": gpus_per_worker} if gpus_per_worker else {})
    scaling = ScalingConfig(num_workers=workers, use_gpu=gpus_per_worker > 0, resources_per_worker=resources)
    failures = FailureConfig(max_failures=_MAX_FAILURES)
    keep = CheckpointConfig(num_to_keep=1)
    run = RunConfig(name=_name(task), storage_path=task.out, failure_config=failures, checkpoint_config=keep)
    refused = train_worker.refusal(_work, {"task": task}, scaling, run)
    files, path = fsspec.core.url_to_fs(f"{task.out}/{_name(task)}")
    files.rm(path, recursive=True)
    if refused is not None:
        raise refused


def _name(task: TrainTask) -> str:
    """Folder of the checkpoints; the same for the same training, so that a run started again goes on where the last one was killed."""
    told = json.dumps([dict(task.request), asdict(task.recipe), task.split.rows.to_pylist()], sort_keys=True)
    return f"_training-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _work(config: Mapping[str, Any]) -> None:
    """One worker's part: read the features, fit together with the others, write the bundle if first."""
    task: TrainTask = config["task"]
    torch.set_num_threads(1)
    process_group = train_worker.process_group()
    clips = from_table(parts.read(task.features, list(FEATURE_COLUMNS)))
    trainer = Resumable(process_group, torch.device(process_group.device), task.checkpoint_s)
    bundle = fit_bundle(task.recipe, clips, task.split, task.seeds, task.feature_set, task.extraction, trainer)
    if process_group.is_main:
        replace(bundle, training={**bundle.training, "request": dict(task.request)}).save(task.out)
    train.report({"done": True})


class Resumable:
    """Trains the networks of a bundle one after the other, and knows after a restart which are done.

    Args:
        peers: the workers that share the batches.
        device: where the networks live.
        checkpoint_s: seconds between checkpoints, which are written after an epoch.
    """

    def __init__(self, process_group: ProcessGroup, device: torch.device, checkpoint_s: float = CHECKPOINT_S) -> None:
        self._process_group, self._device, self._checkpoint_s = process_group, device, checkpoint_s
        self._done, self._current = _restored()
        self._calls = 0
        self._saved_at = time.monotonic()

    def __call__(self, recipe: Recipe, widths: Widths, data: Dataset, seed: int) -> TrainingState:
        """Train one network, or return it where it was trained before the restart."""
        call, self._calls = self._calls, self._calls + 1
        if call < len(self._done):
            return self._done[call]
        resume, self._current = self._current, None
        progress = fit_network(
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
        self._done.append(replace(progress, learner={}))
        return progress

    def _on_epoch(self, progress: TrainingState) -> None:
        due = torch.tensor([time.monotonic() - self._saved_at > self._checkpoint_s], dtype=torch.int32)
        if not self._process_group.broadcast(due).item():
            return
        self._saved_at = time.monotonic()
        metrics = {"network": len(self._done), **progress.history[-1]._asdict()}
        if not self._process_group.is_main:
            train.report(metrics)
            return
        with tempfile.TemporaryDirectory() as folder:
            content = {"done": [_plain(done) for done in self._done], "current": _plain(progress)}
            torch.save(content, Path(folder) / _STATE)
            train.report(metrics, checkpoint=Checkpoint.from_directory(folder))


def _restored() -> tuple[list[TrainingState], TrainingState | None]:
    """The networks that were done, and the one under way, at the last checkpoint."""
    checkpoint = train.get_checkpoint()
    if checkpoint is None:
        return [], None
    with checkpoint.as_directory() as folder:
        content = torch.load(Path(folder) / _STATE, map_location="cpu", weights_only=True)
    return [_progress(done) for done in content["done"]], _progress(content["current"])


def _plain(progress: TrainingState) -> dict[str, Any]:
    """Tensors, numbers and plain containers only, so that it is read back without unpickling anything else."""
    return {
        "history": [tuple(epoch) for epoch in progress.history],
        "learner": progress.learner,
        "best_weights": progress.best_weights,
        "best_epoch": progress.best_epoch,
    }


def _progress(plain: Mapping[str, Any]) -> TrainingState:
    return TrainingState(**{**plain, "history": tuple(EpochMetrics(*epoch) for epoch in plain["history"])})
