"""The Ray Train side of identity pretraining: workers that share every batch, checkpoints, and going on after one was lost."""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from ray import train
from ray.train import Checkpoint, CheckpointConfig, FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import get_device

from avemo_core.appearance import networks
from avemo_core.appearance.networks import Identity
from avemo_core.identity import identity_pictures, verification
from avemo_core.identity.identity_pictures import IdentitySplit
from avemo_core.identity.loader import Pictures
from avemo_core.identity.training import IdentityEpoch, IdentityTrainer, IdentityTrainingState, PretrainConfig
from avemo_core.identity.verification import Verification
from avemo_core.runtime import safetensors_file, threads
from avemo_core.runtime.files import write_bytes
from avemo_core.runtime.process_group import ProcessGroup
from cluster.pretrain.face_alignments import read_alignments
from cluster.progress import Progress
from cluster.ray import train_worker
from cluster.ray.log_relay import log_relay, send_line

CHECKPOINT_S: Final = 30.0
"""Between two checkpoints at least; a training that is interrupted loses at most what it did since the last."""
SAVING_SHARE: Final = 0.05
"""Of the time at most goes into checkpoints, which are large (AlexNet: 0.5 GB) and may travel far."""
LINE_S: Final = 20.0
"""Between two lines within an epoch."""
MAX_VERIFIED: Final = 5_000
"""Pictures of people held out that are compared; more are thinned by chance."""

_STATE: Final = "state.pt"
_MAX_FAILURES: Final = 3


@dataclass(frozen=True, kw_only=True)
class PretrainTask:
    """What every worker is told."""

    places: str
    """The table of faces."""
    folder: str
    """Where checkpoints lie while it runs."""
    out: str
    network: str
    start: str | None
    """Weights to start from; None: from chance."""
    held_out: float
    config: PretrainConfig
    about: Mapping[str, Any]
    """For the metrics file."""
    checkpoint_s: float = CHECKPOINT_S
    """Least time between two checkpoints."""


def train_on_workers(task: PretrainTask, *, workers: int, gpus_per_worker: float) -> None:
    """Train on Ray Train workers; the first of them writes the weights and their metrics.

    A worker that dies is replaced, and the training goes on from the last checkpoint; so does one whose driver died, when
    it is started again in the same way.

    Raises:
        AvemoError: the training diverged.
        ray.train.TrainingFailedError: it failed more often than that helps.
    """
    resources = {"CPU": 1.0} | ({"GPU": gpus_per_worker} if gpus_per_worker else {})
    run = RunConfig(
        name=_name(task),
        storage_path=task.folder,
        failure_config=FailureConfig(max_failures=_MAX_FAILURES),
        checkpoint_config=CheckpointConfig(num_to_keep=1),
    )
    scaling = ScalingConfig(num_workers=workers, use_gpu=gpus_per_worker > 0, resources_per_worker=resources)
    with log_relay(Progress("pretrain").say) as lines:
        refused = train_worker.refusal(_work, {"task": task, "log_relay": lines}, scaling, run)
    if refused is not None:
        raise refused


def _work(config: Mapping[str, Any]) -> None:
    """One worker's part: train together with the others; the first one verifies and writes."""
    task: PretrainTask = config["task"]
    threads.use_one()
    process_group = train_worker.process_group()
    persons, uris, to_picture = read_alignments(task.places)
    split = identity_pictures.split(persons, held_out=task.held_out, seed=task.config.seed)
    network = _network(task)
    pictures = _pictures(persons, uris, to_picture, split, network.input_px)
    trainer = IdentityTrainer(network, pictures, split, task.config, process_group=process_group, device=get_device())
    compared = _thinned(split.held_out, task.config.seed)
    compared_persons = [persons[number] for number in compared]
    before = verification.verify(trainer.embeddings(compared), compared_persons)
    saving = _Saving(process_group, get_device(), task.checkpoint_s)
    telling = _Telling(config["log_relay"] if process_group.is_main else None, trainer.steps, task.config.epochs)

    def on_step(state: IdentityTrainingState) -> None:
        saving(state)
        telling(state)

    history = trainer.fit(_restored(), on_step)
    after = verification.verify(trainer.embeddings(compared), compared_persons)
    lost = _lost(pictures, process_group)
    if process_group.is_main:
        _write(task, network, _metrics(task, split, history, before, after) | {"lost": lost})
    train.report({"done": True})


def _name(task: PretrainTask) -> str:
    """Folder of the checkpoints: the same for the same training, so that a run started again goes on where it was killed."""
    told = json.dumps([task.places, task.network, task.start, task.held_out, asdict(task.config)])
    return f"training-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _network(task: PretrainTask) -> Identity:
    torch.manual_seed(task.config.seed)
    return networks.architecture(task.network) if task.start is None else networks.with_weights(task.network, _given(task.start))[0]


def _given(start: str) -> str | None:
    """`shipped` means the file that `make setup` brought."""
    return None if start == "shipped" else start


def _pictures(persons: list[str], uris: list[str], to_picture: np.ndarray, split: IdentitySplit, side_px: int) -> Pictures:
    number = {person: place for place, person in enumerate(split.people)}
    person = np.array([number.get(name, -1) for name in persons], np.int64)
    return Pictures(uris=uris, to_picture=to_picture, person=person, side_px=side_px)


def _lost(pictures: Pictures, process_group: ProcessGroup) -> int:
    """How many pictures some process could not read any more."""
    seen = torch.zeros(len(pictures.uris))
    seen[list(pictures.lost)] = 1.0
    return int((process_group.all_reduce(seen) > 0).sum())


def _thinned(numbers: list[int], seed: int) -> list[int]:
    chosen = np.random.default_rng(seed).permutation(len(numbers))[:MAX_VERIFIED]
    return [numbers[place] for place in sorted(chosen.tolist())]


class _Saving:
    """Called after each step: leaves a checkpoint now and then, on every process's word at once."""

    def __init__(self, process_group: ProcessGroup, device: torch.device, least_s: float) -> None:
        self._process_group, self._device, self._least_s = process_group, device, least_s
        self._wait_s, self._saved_s = least_s, time.monotonic()

    def __call__(self, state: IdentityTrainingState) -> None:
        """Save the state when it is time."""
        due = torch.tensor([time.monotonic() - self._saved_s > self._wait_s], dtype=torch.int32, device=self._device)
        if not self._process_group.broadcast(due).item():
            return
        started_s = time.monotonic()
        self._save(state)
        self._saved_s = time.monotonic()
        self._wait_s = max(self._least_s, (self._saved_s - started_s) / SAVING_SHARE)

    def _save(self, state: IdentityTrainingState) -> None:
        metrics = {"epoch": state.epoch, "step": state.step}
        if not self._process_group.is_main:
            train.report(metrics)
            return
        with tempfile.TemporaryDirectory() as folder:
            torch.save({**vars(state), "history": [tuple(epoch) for epoch in state.history]}, Path(folder) / _STATE)
            train.report(metrics, checkpoint=Checkpoint.from_directory(folder))


class _Telling:
    """Called after each step: says how far the training is, after each epoch and now and then within one."""

    def __init__(self, lines: Any | None, steps: int, epochs: int) -> None:  # noqa: ANN401 - Ray's actor handles have no type
        self._lines, self._steps, self._epochs = lines, steps, epochs
        self._told_s = time.monotonic()

    def __call__(self, state: IdentityTrainingState) -> None:
        """Pin up a line when there is something to say."""
        if self._lines is None or (state.step and time.monotonic() - self._told_s < LINE_S):
            return
        self._told_s = time.monotonic()
        send_line(self._lines, f"pretrain: {self._within(state) if state.step else self._after(state.history[-1])}")

    def _within(self, state: IdentityTrainingState) -> str:
        return f"epoch {state.epoch + 1} of {self._epochs}, step {state.step:,} of {self._steps:,}, loss {state.totals[0] / state.seen:.3f}"

    def _after(self, epoch: IdentityEpoch) -> str:
        validated = "" if math.isnan(epoch.val_loss) else f"; on other pictures {epoch.val_loss:.3f}, {epoch.val_accuracy:.3f}"
        return f"epoch {epoch.number} of {self._epochs}: loss {epoch.loss:.3f}, accuracy {epoch.accuracy:.3f}{validated}"


def _restored() -> IdentityTrainingState | None:
    """Where the training stood at the last checkpoint."""
    checkpoint = train.get_checkpoint()
    if checkpoint is None:
        return None
    with checkpoint.as_directory() as folder:
        content = torch.load(Path(folder) / _STATE, map_location="cpu", weights_only=True)
    return IdentityTrainingState(**{**content, "history": tuple(IdentityEpoch(*epoch) for epoch in content["history"])})


def _metrics(
    task: PretrainTask, split: IdentitySplit, history: tuple[IdentityEpoch, ...], before: Verification | None, after: Verification | None
) -> dict[str, Any]:
    last = history[-1]
    return {
        **task.about,
        "people": len(split.people),
        "pictures": len(split.train),
        "validation_pictures": len(split.validation),
        "people_held_out": split.people_held_out,
        "accuracy": _known(last.val_accuracy),
        "chance": 1 / len(split.people),
        "eer": after and after.eer,
        "eer_at_start": before and before.eer,
        "held_out": after and {name: value for name, value in asdict(after).items() if name != "eer"},
        "config": asdict(task.config),
        "history": [{name: _known(value) for name, value in epoch._asdict().items()} for epoch in history],
    }


def _known(value: float) -> float | None:
    """JSON knows no NaN."""
    return None if math.isnan(value) else value


def _write(task: PretrainTask, network: Identity, metrics: Mapping[str, Any]) -> None:
    """The weights last: where they are, their metrics are too."""
    write_bytes(f"{task.out}.metrics.json", json.dumps(metrics, indent=2, allow_nan=False).encode() + b"\n")
    weights = {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}
    safetensors_file.store(task.out, weights, {"kind": "weights", "network": task.network, "people": str(metrics["people"])})
