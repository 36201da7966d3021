"""Select values of a network's feature map: by a random forest on emotion-labelled faces, whose trees grow as Ray tasks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import ray

from avemo_core.appearance import forest, networks, stills
from avemo_core.appearance.forest import Grown, Ranking, TreeBlock
from avemo_core.appearance.labelled_faces import CLIP_FACES
from avemo_core.appearance.network import FaceNetwork
from avemo_core.appearance.plugged import loading
from avemo_core.appearance.selection import Selection
from avemo_core.corpora.clip import Clip
from avemo_core.corpora.clips_table import understand_clips
from avemo_core.corpora.options import ReadOptions
from avemo_core.errors import ConfigError
from avemo_core.evaluation.folds import grouped_folds
from avemo_core.figures.selection import accuracy_by_count
from avemo_core.figures.style import png
from avemo_core.runtime import safetensors_file
from avemo_core.runtime.public import public
from cluster.option_checks import check_worker_options
from cluster.pool.run import PoolOptions
from cluster.progress import Progress, reasons, say
from cluster.ray.devices import Precision, precision_of
from cluster.ray.session import resolve, session
from cluster.select.labelled_faces import FeatureMapOptions, LabelledFaces, read_faces
from cluster.select.sources import labelled_clips
from cluster.storage.files import save_file, write_file
from cluster.storage.location import check_output
from cluster.storage.lock import LockOptions
from cluster.tables.working_folder import finalise, working_folder

MAX_LABELLED_FACES: Final = 20_000
"""More are subsampled at random: the forest's time and memory grow with them, its ranking hardly changes."""
_LINE_S: Final = 20.0
"""Between two lines about the trees."""


@dataclass(frozen=True, kw_only=True)
class SelectOptions:
    """Which faces to learn from, and how many values of the network's feature map to keep."""

    out: str
    """The selection's file, local or s3://; FILE.metrics.json, FILE.png and FILE.rejects.parquet are put beside it."""
    clips: str | None = None
    """Clips as extract takes them; train alone is read, and clips without splits are parted as train parts them."""
    reading: ReadOptions = field(default_factory=ReadOptions)
    """How the clips are read."""
    drop_copies: bool = False
    """Of clips with the same content keep the first, by clip_id."""
    stills: str | None = None
    """A folder with a folder of pictures for each emotion, as SFEW or FER2013."""
    lock: LockOptions = field(default_factory=LockOptions)
    """What the lock of the output may do without."""
    keep: int = 1024
    """How many values of the feature map to keep."""
    network: str = networks.DEFAULT
    """The face network: resnet29, alexnet, or a file of your own that gives a feature map, as onnx:FILE.onnx or torch:FILE.pt2."""
    weights: str | None = None
    """Its weights, as pretrain writes them; without: the shipped ones."""
    aligned: bool = False
    """Stills are face chips already: use them as they are."""
    trees: int = 300
    """Trees in the forest."""
    seed: int = 0
    """Of everything drawn at random."""
    workers: int | None = None
    """Most workers that read faces; without: as many as there is room for."""
    gpus_per_worker: float = 0.0
    """GPUs each of them takes; a fraction lets several share one."""
    precision: Precision = "auto"
    """Of the network; auto: the fastest that agrees with float32 on this machine."""

    def __post_init__(self) -> None:
        """Refuse requests that make no sense."""
        if (self.clips is None) == (self.stills is None):
            raise ConfigError("select learns from either --clips CLIPS or --stills DIR: give one of them")
        if self.aligned and self.clips:
            raise ConfigError("--aligned is about stills; faces in clips are always found and aligned")
        if self.trees < 1 or self.keep < 1:
            raise ConfigError(f"--trees and --keep must be at least 1, not {self.trees} and {self.keep}")
        check_worker_options(workers=self.workers, gpus_per_worker=self.gpus_per_worker)
        if self.seed < 0:
            raise ConfigError(f"--seed must be at least 0, not {self.seed}")


@dataclass(frozen=True, kw_only=True)
class SelectSummary:
    """The result of a selection: what was kept, and figures of how far to trust it."""

    out: str
    faces: LabelledFaces
    ranking: Ranking
    keep: int

    def lines(self) -> list[str]:
        """The summary as a user reads it."""
        faces, ranking = self.faces, self.ranking
        held_out = ", ".join(f"{count:,} values {accuracy:.3f}" for count, accuracy in ranking.accuracy.items())
        kept = f"kept {self.keep:,} of {len(ranking.order):,} values by {len(faces.labels):,} faces in {faces.sources:,} sources"
        return [
            f"held-out accuracy: {held_out or 'none, as all faces belong to one group'}; chance {ranking.chance:.3f}",
            f"another seed keeps {ranking.overlap:.1%} of the values kept; by chance {ranking.overlap_by_chance:.1%}",
            f"done: {kept}, {reasons(faces.rejected)}; selection in {public(self.out)}",
        ]


def select(options: SelectOptions) -> SelectSummary:
    """Read the labelled faces, rank the values of the feature map, write the selection and its figures.

    Raises:
        ConfigError: nothing to learn from; a network that cannot be loaded; more to keep than there is.
        TableLocked: another run writes the same selection.
        KeyboardInterrupt: it was asked to stop while it read faces.
    """
    out = resolve(options.out)
    check_output(out)
    safetensors_file.check_writable(out)
    sources = _sources(options)
    _check_emotions(sources, options)
    reading = _reading(options)
    network = networks.load(reading.network, reading.weights)
    width = int(np.prod(network.feature_map_shape))
    if network.feature_map_shape[1:] == (1, 1):
        raise ConfigError(f"--network {options.network}: it gives a vector of {width} values, which extract keeps whole; leave select out")
    if options.keep > width:
        raise ConfigError(f"--keep {options.keep}: the feature map of {network.name} has {width} values")
    working = f"{out}.faces"
    table = f"{working}/faces"
    pool = PoolOptions(workers=options.workers, gpus_per_worker=options.gpus_per_worker, stage="faces")
    with working_folder(working, options.lock) as lock, session():
        faces = read_faces(sources, reading, sha256=network.sha256, width=width, location=table, options=pool, lock_options=options.lock)
        summary = SelectSummary(out=out, faces=faces, ranking=_ranking(faces, options), keep=options.keep)
        _write(options, network, summary, lock.about)
        finalise(working, lock=lock, table=table, out=out)
    return summary


def _ranking(faces: LabelledFaces, options: SelectOptions) -> Ranking:
    grower = _TreesOnRay(faces)
    folds = grouped_folds(faces.groups, faces.labels, seed=options.seed)
    return forest.rank(faces.values, faces.labels, folds, keep=options.keep, trees=options.trees, seed=options.seed, grower=grower)


def _check_emotions(sources: Sequence[Clip], options: SelectOptions) -> None:
    found = sorted({source.label or "" for source in sources})
    if len(found) < 2:
        raise ConfigError(f"{options.clips or options.stills}: expected at least two emotions to tell apart, found only {found[0]}")


def _sources(options: SelectOptions) -> list[Clip]:
    """The labelled clips of the train split, or the stills; subsampled at random where they are too many."""
    if options.clips is None:
        return _subsampled(stills.stills_of(resolve(options.stills or "")), MAX_LABELLED_FACES, options.seed)
    understood = understand_clips(resolve(options.clips), options.reading)
    say(*understood.lines())
    found = labelled_clips(understood, drop_copies=options.drop_copies)
    if found.copies:
        say(f"select: {len(found.copies):,} copies of other clips are left out, among them {', '.join(found.copies[:3])}")
    if found.left:
        say(
            f"select: no split given: {found.left:,} clips are left for val and test, as train parts them; a split column of train uses all"
        )
    return _subsampled(found.clips, MAX_LABELLED_FACES // CLIP_FACES, options.seed)


def _subsampled(sources: Sequence[Clip], count: int, seed: int) -> list[Clip]:
    """At most so many of the sources, drawn at random, in their own order."""
    drawn = np.random.default_rng(seed).permutation(len(sources))[:count]
    return [sources[index] for index in sorted(drawn.tolist())]


def _reading(options: SelectOptions) -> FeatureMapOptions:
    on_gpu, kind, location = options.gpus_per_worker > 0, *options.network.partition(":")[::2]
    is_plugged = loading.is_plugged(options.network)
    precision = precision_of(options.precision, on_gpu=on_gpu, network=options.network, weights=options.weights)
    precision = "float32" if is_plugged and options.precision == "auto" else precision
    return FeatureMapOptions(
        network=f"{kind}:{resolve(location)}" if is_plugged else options.network,
        weights=options.weights and resolve(options.weights),
        precision=precision,
        on_gpu=on_gpu,
        aligned=options.aligned,
    )


class _TreesOnRay:
    """Grows blocks of trees as Ray tasks, wherever the cluster has room; each node gets the faces once."""

    def __init__(self, faces: LabelledFaces) -> None:
        self._values, self._labels = ray.put(faces.values), ray.put(np.unique(faces.labels, return_inverse=True)[1].astype(np.int64))
        self._progress = Progress("select")
        self._line_s = time.monotonic()

    def __call__(self, blocks: Sequence[TreeBlock]) -> Iterator[Grown]:
        """The results, in the order of the blocks."""
        grow = ray.remote(forest.grow)
        tasks = [grow.remote(self._values, self._labels, block) for block in blocks]
        for done, task in enumerate(tasks):
            yield ray.get(task)
            if time.monotonic() - self._line_s > _LINE_S:
                self._line_s = time.monotonic()
                self._progress.say(f"select: {done + 1} of {len(tasks)} blocks of trees grown")


def _write(options: SelectOptions, network: FaceNetwork, summary: SelectSummary, about_lock: Mapping[str, bool]) -> None:
    """Write metrics and figure, and the selection last: where a selection is, its figures are too."""
    ranking, selected = summary.ranking, summary.ranking.order[: summary.keep]
    metrics = {
        "network": network.name,
        "network_sha256": network.sha256,
        "clips": options.clips and public(options.clips),
        "reading": options.reading.about(),
        "drop_copies": options.drop_copies,
        "stills": options.stills and public(options.stills),
        "sources": summary.faces.sources,
        "rejected": summary.faces.rejected,
        "faces": len(summary.faces.labels),
        "groups": len(set(summary.faces.groups)),
        "trees": options.trees,
        "seed": options.seed,
        "kept": summary.keep,
        "chance": ranking.chance,
        "accuracy_by_count": ranking.accuracy,
        "overlap": ranking.overlap,
        "overlap_by_chance": ranking.overlap_by_chance,
        **about_lock,
    }
    write_file(f"{summary.out}.metrics.json", json.dumps(metrics, indent=2).encode() + b"\n")
    if ranking.accuracy:
        write_file(f"{summary.out}.png", png(accuracy_by_count(ranking.accuracy, ranking.chance, summary.keep)))
    selection = Selection(
        indices=selected,
        importances=ranking.importances[selected].astype(np.float32),
        network=network.name,
        network_sha256=network.sha256,
        feature_map_shape=network.feature_map_shape,
        seen=summary.faces.seen,
    )
    save_file(summary.out, selection.save)
