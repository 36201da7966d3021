"""Identity pretraining on Ray Train: what each worker does, and what the main one writes.

A worker that dies is replaced, and all go on from the last checkpoint (cluster.pretrain.checkpoints). A command that is started again
finds the checkpoints too: their folder is named by a hash of the task, and stays until the weights are written.
"""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Bool
from ray import train
from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import get_device

from avemo_core.appearance import networks
from avemo_core.appearance.networks import Identity
from avemo_core.identity import identity_pictures, verification
from avemo_core.identity.identity_pictures import IdentitySplit
from avemo_core.identity.loader import Pictures
from avemo_core.identity.training import IdentityEpoch, IdentityTrainer, IdentityTrainingState, PretrainConfig
from avemo_core.identity.verification import Verification
from avemo_core.runtime import safetensors_file, threads
from avemo_core.runtime.process_group import ProcessGroup
from cluster.pretrain.checkpoints import CHECKPOINT_S, Checkpoints, last_state
from cluster.pretrain.face_alignments import read_alignments
from cluster.progress import Progress
from cluster.ray import train_worker
from cluster.ray.checkpoint import Checkpoint
from cluster.ray.log_relay import log_relay, send_line
from cluster.storage.files import save_file, write_file

LINE_S: Final = 20.0
"""Between two lines within an epoch."""
MAX_VERIFIED: Final = 5_000
"""Pictures of held-out people for verification; more are subsampled at random."""

_MAX_FAILURES: Final = 3
"""So often the workers are started again."""


@dataclass(frozen=True, kw_only=True)
class PretrainTask:
    """What to train, and where; every worker gets it."""

    alignments: str
    """Location of the table of face alignments."""
    folder: str
    """Location of the checkpoints while it runs."""
    out: str
    """The weights' file."""
    network: str
    start: str | None
    """Weights to start from; None: drawn at random."""
    held_out: float
    """Share of the people never trained on."""
    config: PretrainConfig
    about: Mapping[str, Any]
    """For the metrics file."""
    checkpoint_s: float = CHECKPOINT_S
    """Least time between two checkpoints."""


def train_on_workers(task: PretrainTask, *, workers: int, gpus_per_worker: float) -> None:
    """Train on Ray Train workers; the main one writes the weights and their metrics.

    Raises:
        AvemoError: the training diverged.
        KeyboardInterrupt: SIGINT or SIGTERM came; the last checkpoint stays.
        ray.train.TrainingFailedError: it failed more than `_MAX_FAILURES` times.
    """
    resources = {"CPU": 1.0} | ({"GPU": gpus_per_worker} if gpus_per_worker else {})
    scaling = ScalingConfig(num_workers=workers, use_gpu=gpus_per_worker > 0, resources_per_worker=resources)
    # The temporary folder takes what Ray Train itself writes, which nobody reads.
    with log_relay(Progress("pretrain").say) as lines, tempfile.TemporaryDirectory(prefix="avemo-") as local:
        run = RunConfig(name=_name(task), storage_path=local, failure_config=FailureConfig(max_failures=_MAX_FAILURES))
        refused = train_worker.run_on_train_workers(_work, {"task": task, "log_relay": lines}, scaling, run)
    if refused is not None:
        raise refused


def _work(config: Mapping[str, Any]) -> None:
    """One worker's part: train and verify together with the others; the main one writes."""
    task: PretrainTask = config["task"]
    threads.use_one()
    process_group = train_worker.process_group()
    persons, uris, to_picture = read_alignments(task.alignments)
    split = identity_pictures.split(persons, held_out=task.held_out, seed=task.config.seed)
    network = _network(task)
    pictures = _pictures(persons, uris, to_picture, split, network.input_px)
    trainer = IdentityTrainer(network, pictures, split, task.config, process_group=process_group, device=get_device())
    verified = _subsampled(split.held_out, task.config.seed)
    verified_persons = [persons[number] for number in verified]
    # Before `fit` loads a checkpoint: also in a restarted worker these are the weights that the training started from.
    untrained = trainer.embeddings(verified)
    checkpoint = Checkpoint(f"{task.folder}/{_name(task)}", process_group)
    checkpoints = Checkpoints(process_group, get_device(), checkpoint, task.checkpoint_s)
    progress_lines = _ProgressLines(config["log_relay"] if process_group.is_main else None, trainer.steps, task.config.epochs)

    def on_step(state: IdentityTrainingState) -> None:
        checkpoints(state)
        progress_lines(state)

    history = trainer.fit(last_state(checkpoint), on_step)
    trained = trainer.embeddings(verified)
    lost = _lost(pictures, process_group)
    # Before and after on the same pictures: those that could be read both times.
    before, after = (verification.verify(embeddings, verified_persons, lost[verified]) for embeddings in (untrained, trained))
    if process_group.is_main:
        _write(task, network, _metrics(task, split, history, before, after) | {"lost": int(lost.sum())})
    train.report({"done": True})


def _name(task: PretrainTask) -> str:
    """Folder of the checkpoints: the same for the same training, so that a run started again goes on where it was killed."""
    settings = json.dumps([task.alignments, task.network, task.start, task.held_out, asdict(task.config)])
    return f"training-{hashlib.sha256(settings.encode()).hexdigest()[:12]}"


def _network(task: PretrainTask) -> Identity:
    torch.manual_seed(task.config.seed)
    return networks.architecture(task.network) if task.start is None else networks.with_weights(task.network, _file_of(task.start))[0]


def _file_of(start: str) -> str | None:
    """The weights' file; None stands for the shipped one, which `make setup` downloaded."""
    return None if start == "shipped" else start


def _pictures(persons: list[str], uris: list[str], to_picture: np.ndarray, split: IdentitySplit, side_px: int) -> Pictures:
    classes = {person: index for index, person in enumerate(split.people)}
    person = np.array([classes.get(name, -1) for name in persons], np.int64)  # -1: held out
    return Pictures(uris=uris, to_picture=to_picture, person=person, side_px=side_px)


def _lost(pictures: Pictures, process_group: ProcessGroup) -> Bool[np.ndarray, " picture"]:
    """Which pictures could be aligned, but not read later by at least one process."""
    is_lost = torch.zeros(len(pictures.uris))
    is_lost[list(pictures.lost)] = 1.0
    found: np.ndarray = (process_group.all_reduce(is_lost) > 0).numpy()
    return found


def _subsampled(numbers: list[int], seed: int) -> list[int]:
    """At most `MAX_VERIFIED` of the numbers, drawn at random, in their own order."""
    drawn = np.random.default_rng(seed).permutation(len(numbers))[:MAX_VERIFIED]
    return [numbers[index] for index in sorted(drawn.tolist())]


class _ProgressLines:
    """Called after each step: sends a line after each epoch, and now and then within one."""

    def __init__(self, lines: Any | None, steps: int, epochs: int) -> None:  # noqa: ANN401 - Ray's actor handles have no type
        self._lines, self._steps, self._epochs = lines, steps, epochs
        self._line_s = time.monotonic()

    def __call__(self, state: IdentityTrainingState) -> None:
        """Send a line if an epoch has ended, or `LINE_S` after the last one."""
        if self._lines is None or (state.step and time.monotonic() - self._line_s < LINE_S):
            return
        self._line_s = time.monotonic()
        send_line(self._lines, f"pretrain: {self._within(state) if state.step else self._after(state.history[-1])}")

    def _within(self, state: IdentityTrainingState) -> str:
        return f"epoch {state.epoch + 1} of {self._epochs}, step {state.step:,} of {self._steps:,}, loss {state.totals[0] / state.seen:.3f}"

    def _after(self, epoch: IdentityEpoch) -> str:
        validated = "" if math.isnan(epoch.val_loss) else f"; on other pictures {epoch.val_loss:.3f}, {epoch.val_accuracy:.3f}"
        return f"epoch {epoch.number} of {self._epochs}: loss {epoch.loss:.3f}, accuracy {epoch.accuracy:.3f}{validated}"


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
    """None in place of NaN, which JSON does not have."""
    return None if math.isnan(value) else value


def _write(task: PretrainTask, network: Identity, metrics: Mapping[str, Any]) -> None:
    """Write the metrics, and the weights last: where weights are, their metrics are too."""
    write_file(f"{task.out}.metrics.json", json.dumps(metrics, indent=2, allow_nan=False).encode() + b"\n")
    weights = {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}
    about = {"kind": "weights", "network": task.network, "people": str(metrics["people"])}
    save_file(task.out, lambda file: safetensors_file.store(file, weights, about))
