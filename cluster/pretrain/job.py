"""Identity pretraining: train a face network to tell people apart, from a folder of pictures for each person."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from avemo_core.appearance import networks
from avemo_core.appearance.networks import NetworkName
from avemo_core.corpora.clip import Clip
from avemo_core.errors import ConfigError
from avemo_core.identity import identity_pictures
from avemo_core.identity.training import PretrainConfig
from avemo_core.runtime import safetensors_file
from cluster.option_checks import check_worker_options
from cluster.pool.run import PoolOptions
from cluster.pretrain.face_alignments import alignments_location, find_alignments, read_alignments
from cluster.pretrain.workers import PretrainTask, train_on_workers
from cluster.progress import duration, reasons
from cluster.ray.capacity import Needs, check_room
from cluster.ray.session import resolve, session
from cluster.storage.files import read_file
from cluster.storage.location import check_output
from cluster.storage.lock import LockOptions
from cluster.tables.working_folder import finalise, working_folder

SHIPPED: Final = "shipped"
"""As a value of --from: the weights that `make setup` downloaded."""


@dataclass(frozen=True, kw_only=True)
class PretrainOptions:
    """Which people to learn from, and how."""

    identities: str
    """A folder with a folder of pictures for each person, as FaceScrub, CFW or VGGFace have it; local or s3://."""
    out: str
    """The weights' file (safetensors), local or s3://; FILE.metrics.json and FILE.rejects.parquet are put beside it."""
    network: NetworkName = "alexnet"
    """alexnet: the paper's; resnet29: that of the shipped weights."""
    start: str | None = None
    """On the command line --from: a weights' file to go on from, or `shipped`; without: weights drawn at random."""
    aligned: bool = False
    """Pictures are face chips already: use them whole."""
    held_out: float = 0.1
    """Share of the people never trained on, for verification; 0: none."""
    epochs: int = 30
    """Passes over the pictures."""
    batch: int = 128
    """Pictures a step, over all workers."""
    learning_rate: float | None = None
    """At its highest; without: 0.01, and 0.001 with --from."""
    dropout: float = 0.5
    """Of AlexNet's full layers."""
    augment: bool = True
    """Whether faces are varied at random: turned, zoomed, shifted, mirrored, lit."""
    seed: int = 0
    """Of everything drawn at random."""
    workers: int = 1
    """Processes that share every batch."""
    gpus_per_worker: float = 0.0
    """GPUs each of them takes; 0: train on CPUs."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """auto: mixed bfloat16 on a GPU, else float32."""
    lock: LockOptions = field(default_factory=LockOptions)
    """What the lock of the output may do without."""

    def __post_init__(self) -> None:
        """Refuse requests that make no sense."""
        if not 0 <= self.held_out < 1:
            raise ConfigError(f"--held-out is a share of the people, at least 0 and below 1, not {self.held_out:g}")
        check_worker_options(workers=self.workers, gpus_per_worker=self.gpus_per_worker)
        if self.start == SHIPPED and self.network != "resnet29":
            raise ConfigError("--from shipped: only resnet29 has shipped weights; add --network resnet29")

    def config(self) -> PretrainConfig:
        """How the network learns."""
        auto = "bfloat16" if self.gpus_per_worker else "float32"
        return PretrainConfig(
            epochs=self.epochs,
            batch=self.batch,
            learning_rate=(0.001 if self.start else 0.01) if self.learning_rate is None else self.learning_rate,
            dropout=self.dropout,
            augment=self.augment,
            precision=auto if self.precision == "auto" else self.precision,
            seed=self.seed,
        )


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """The result of a pretraining."""

    out: str
    metrics: Mapping[str, Any]
    seconds: float

    def lines(self) -> list[str]:
        """The summary as a user reads it."""
        metrics = self.metrics
        lost = f" ({metrics['lost']:,} gone on the way)" if metrics["lost"] else ""
        used = f"{metrics['pictures']:,} pictures{lost}, {reasons(metrics['rejected'])}"
        return [
            f"identity: {_accuracy(metrics)}",
            f"verification: {_verification(metrics)}",
            f"done: {used}, {duration(self.seconds)}; weights in {self.out}",
        ]


def pretrain(options: PretrainOptions) -> Pretrained:
    """Align the faces, train the network, verify it on held-out people, write its weights.

    Raises:
        ConfigError: too few people; no room for so many workers; weights to start from that are not there or of another network.
        TableLocked: another run writes the same weights.
        AvemoError: the training diverged.
        KeyboardInterrupt: it was asked to stop; started again, it goes on from the alignments found and from the last checkpoint.
    """
    started_s = time.monotonic()
    out, start, config = resolve(options.out), _resolved(options.start), options.config()
    check_output(out)
    safetensors_file.check_writable(out)
    pictures = identity_pictures.pictures_of(resolve(options.identities))
    identity_pictures.split([picture.subject or "" for picture in pictures], held_out=options.held_out, seed=options.seed)
    if start is not None:
        networks.with_weights(options.network, None if start == SHIPPED else start)
    working = f"{out}.pretraining"
    with working_folder(working, options.lock) as lock, session():
        check_room(Needs(cpus=1.0, gpus=options.gpus_per_worker), options.workers)
        alignments, rejected = _align(pictures, options, working)
        _check_people(alignments, options)
        about = {"network": options.network, "identities": options.identities, "from": options.start, "rejected": rejected}
        task = PretrainTask(
            alignments=alignments,
            folder=working,
            out=out,
            network=options.network,
            start=start,
            held_out=options.held_out,
            config=config,
            about={**about, **lock.about},
        )
        train_on_workers(task, workers=options.workers, gpus_per_worker=options.gpus_per_worker)
        finalise(working, lock=lock, table=alignments, out=out)
    metrics = json.loads(read_file(f"{out}.metrics.json") or b"{}")
    return Pretrained(out=out, metrics=metrics, seconds=time.monotonic() - started_s)


def _resolved(start: str | None) -> str | None:
    return start if start in {None, SHIPPED} else resolve(str(start))


def _align(pictures: Sequence[Clip], options: PretrainOptions, folder: str) -> tuple[str, dict[str, int]]:
    """Find the face in every picture; the table of alignments, and the pictures that cannot be used, by reason."""
    side_px = networks.NETWORKS[options.network].input_px
    location = alignments_location(pictures, side_px=side_px, aligned=options.aligned, folder=folder)
    pool = PoolOptions(stage="faces")
    return location, find_alignments(
        pictures, side_px=side_px, aligned=options.aligned, location=location, options=pool, lock_options=options.lock
    )


def _check_people(alignments: str, options: PretrainOptions) -> None:
    """Refuse to train on too few people: faces may have been found of fewer than there are folders."""
    persons, _, _ = read_alignments(alignments)
    try:
        identity_pictures.split(persons, held_out=options.held_out, seed=options.seed)
    except ConfigError as error:
        raise ConfigError(f"too few faces were found in {options.identities}: {error}; are its pictures --aligned chips?") from error


def _accuracy(metrics: Mapping[str, Any]) -> str:
    """How well people trained on are recognised in other pictures."""
    if metrics["accuracy"] is None:
        return "not measured: nobody trained on has three pictures"
    others = f"{metrics['validation_pictures']:,} other pictures of the {metrics['people']:,} people trained on"
    return f"accuracy {metrics['accuracy']:.3f} on {others}, chance {metrics['chance']:.3f}"


def _verification(metrics: Mapping[str, Any]) -> str:
    """How often a pair of pictures of held-out people is mistaken for one person or for two."""
    if not metrics["people_held_out"]:
        return "not measured: no people were held out"
    if not (held_out := metrics["held_out"]):
        return "not measured: nobody held out has two pictures"
    pairs = f"{held_out['same_pairs']:,} pairs of one person, {held_out['different_pairs']:,} of two"
    before = f"{metrics['eer_at_start']:.3f} before training"
    return f"equal error rate {metrics['eer']:.3f} on {held_out['people']} people never seen ({pairs}), {before}"
