"""Identity pretraining: folders of known people in, weights of a face network out."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import fsspec

from avemo_core.appearance import networks
from avemo_core.appearance.networks import NetworkName
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
from cluster.tables.working_folder import finalise, working_folder

SHIPPED: Final = "shipped"
"""As a value of --from: the weights that `make setup` brought."""


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
    """On the command line --from: a weights' file to go on from, or `shipped`; without: from chance."""
    aligned: bool = False
    """Pictures are face chips already: use them whole."""
    held_out: float = 0.1
    """Share of the people never trained on, for verification; 0: none."""
    epochs: int = 30
    """Passes over the pictures."""
    batch: int = 128
    """Pictures a step, over all workers."""
    learning_rate: float | None = None
    """At its highest; without: 0.01, and a tenth of that from given weights."""
    dropout: float = 0.5
    """Of AlexNet's full layers."""
    augment: bool = True
    """Vary the faces: turn, zoom, shift, mirror, light."""
    seed: int = 0
    """Of everything drawn by chance."""
    workers: int = 1
    """Processes that share every batch."""
    gpus_per_worker: float = 0.0
    """GPUs each of them takes; 0: train on CPUs."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """auto: mixed bfloat16 on a GPU, else float32."""

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
    """What a pretraining came to."""

    out: str
    metrics: Mapping[str, Any]
    seconds: float

    def lines(self) -> list[str]:
        """The summary as a user reads it."""
        figures, held_out = self.metrics, self.metrics["held_out"]
        known = "not measured: nobody trained on has three pictures"
        if figures["accuracy"] is not None:
            others = f"{figures['validation_pictures']:,} other pictures of the {figures['people']:,} people trained on"
            known = f"accuracy {figures['accuracy']:.3f} on {others}, chance {figures['chance']:.3f}"
        verified = "not measured: nobody held out has two pictures"
        if not figures["people_held_out"]:
            verified = "not measured: no people were held out"
        elif held_out:
            pairs = f"{held_out['same_pairs']:,} pairs of one person, {held_out['different_pairs']:,} of two"
            verified = f"equal error rate {figures['eer']:.3f} on {held_out['people']} people never seen ({pairs})"
            verified += f", {figures['eer_at_start']:.3f} before training"
        lost = f" ({figures['lost']:,} gone on the way)" if figures["lost"] else ""
        used = f"{figures['pictures']:,} pictures{lost}, {reasons(figures['rejected'])}"
        return [
            f"identity: {known}",
            f"verification: {verified}",
            f"done: {used}, {duration(self.seconds)}; weights in {self.out}",
        ]


def pretrain(options: PretrainOptions) -> Pretrained:
    """Find the faces, train the network, verify it on people held out, write its weights.

    Raises:
        ConfigError: too few people; no room for so many workers; weights to start from that are not there or of another network.
        TableLocked: another run writes the same weights.
        AvemoError: the training diverged.
    """
    started_s = time.monotonic()
    out, start, config = resolve(options.out), _resolved(options.start), options.config()
    safetensors_file.check_place(out)
    pictures = identity_pictures.pictures_of(resolve(options.identities))
    identity_pictures.split([picture.subject or "" for picture in pictures], held_out=options.held_out, seed=options.seed)
    if start is not None:
        networks.with_weights(options.network, None if start == SHIPPED else start)
    working = f"{out}.pretraining"
    with session():
        check_room(Needs(cpus=1.0, gpus=options.gpus_per_worker), options.workers)
        with working_folder(working):
            side_px = networks.NETWORKS[options.network].input_px
            places = alignments_location(pictures, side_px=side_px, aligned=options.aligned, folder=working)
            rejected = find_alignments(
                pictures, side_px=side_px, aligned=options.aligned, location=places, options=PoolOptions(stage="faces")
            )
            _check_people(places, options)
            task = PretrainTask(
                places=places,
                folder=working,
                out=out,
                network=options.network,
                start=start,
                held_out=options.held_out,
                config=config,
                about={"network": options.network, "identities": options.identities, "from": options.start, "rejected": rejected},
            )
            train_on_workers(task, workers=options.workers, gpus_per_worker=options.gpus_per_worker)
            finalise(working, table=places, out=out)
    with fsspec.open(f"{out}.metrics.json", "rb") as file:
        return Pretrained(out=out, metrics=json.load(file), seconds=time.monotonic() - started_s)


def _resolved(start: str | None) -> str | None:
    return start if start in {None, SHIPPED} else resolve(str(start))


def _check_people(location: str, options: PretrainOptions) -> None:
    """Faces may have been found of fewer people than there are folders."""
    persons, _, _ = read_alignments(location)
    try:
        identity_pictures.split(persons, held_out=options.held_out, seed=options.seed)
    except ConfigError as error:
        raise ConfigError(f"too few faces were found in {options.identities}: {error}; are its pictures --aligned chips?") from error
