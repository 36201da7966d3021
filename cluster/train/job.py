"""Train a model on a features table: one or several Ray Train workers fit the networks of one bundle."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from avemo_core.bundle import bundle as bundles
from avemo_core.bundle.bundle import Bundle
from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import columns_to_read
from avemo_core.features.parts import is_of_both, parse_parts
from avemo_core.features.preprocess.config import SubjectNormalisation
from avemo_core.model.config import Encoding
from avemo_core.runtime.public import public
from avemo_core.training import presets
from avemo_core.training.config import Recipe
from avemo_core.training.inputs import chosen_inputs, input_lines
from avemo_core.training.learnable import COVERAGES, learnable_modalities, parts_with_values
from avemo_core.training.splits import IDENTITY_COLUMNS, Split, SplitOptions, split_of
from avemo_core.training.unlabelled import unlabelled_lines
from cluster.option_checks import check_worker_options
from cluster.progress import say
from cluster.ray.session import resolve, session
from cluster.storage.location import open_folder
from cluster.storage.lock import LockOptions, locked
from cluster.tables import parts
from cluster.tables.feature_table import (
    Provenance,
    check_own_folder,
    columns_of_table,
    holds_whole_map,
    identity,
    is_ranked,
    provenance_of,
    seen_by_selection,
)
from cluster.train.content import content_digest
from cluster.train.said import modality_lines, split_lines
from cluster.train.workers import TrainTask, fit_on_workers
from schemas.emotions import EMOTIONS

_REQUEST: Final = "request"
"""Where the bundle's `training` keeps what was asked for."""


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """Train a model on a features table."""

    features: str
    """Features table, as `extract` wrote it."""
    out: str
    """Folder for the model."""
    encoding: Encoding = "perception"
    """perception is the proposed model; average, last and appearance are those the paper compares with."""
    preset: Literal["best", "paper"] = "best"
    """best: what generalises to people never seen; paper: Chao et al. 2016 to the letter, the epoch chosen on the val split."""
    seeds: int = 1
    """Networks to train, each from another seed; the model averages them."""
    workers: int = 1
    """Processes that share every batch."""
    gpus_per_worker: float = 0.0
    """GPUs each of them takes; 0: train on CPUs."""
    subject_normalisation: SubjectNormalisation | None = None
    """auto: leave the emotions that a person is read to show, take the rest of the person away; on: as if everybody showed all emotions;
    off: none, and the model never reads who is who; none given: auto in best, off in paper."""
    inputs: str | None = None
    """What is read of the features, as shape,appearance,yaafe27,speech: parts of the face, and audio sets, the first of which gives the
    steps; none given: shape, appearance and yaafe27, as far as there are."""
    emotions: str | None = None
    """Tell only these apart, as angry,happy,neutral: clips of others are left out, and have probability 0; none given: all seven."""
    same_people_in_splits: bool = False
    """Allow one person in several splits; what is measured then says less about people never seen."""
    drop_copies: bool = False
    """Of clips with the same content keep the first, by clip_id."""
    memory_gb: float = 0.5
    """Features that take more memory than this lie on each worker's own disk while it trains (in TMPDIR, which must be on a disk); those
    that take less make a worker take some three times as much, and half a gigabyte of libraries. No value hangs on it."""
    lock: LockOptions = field(default_factory=LockOptions)
    """What the lock of the output may do without."""

    def __post_init__(self) -> None:
        """Refuse counts that train nothing."""
        check_worker_options(workers=self.workers, gpus_per_worker=self.gpus_per_worker)
        if self.seeds < 1:
            raise ConfigError(f"--seeds must be at least 1, not {self.seeds}")
        if not self.memory_gb >= 0:
            raise ConfigError(f"--memory-gb must be at least 0, not {self.memory_gb}")
        self.split_options()
        recipe = self.recipe()
        if self.inputs is not None:
            recipe.reading("audio-visual", parse_parts("--inputs", self.inputs))

    def split_options(self) -> SplitOptions:
        """What of the table is trained on.

        Raises:
            ConfigError: `emotions` names fewer than two, or one outside the seven.
        """
        named = EMOTIONS if self.emotions is None else tuple(name.strip() for name in self.emotions.split(","))
        if len(set(named)) < 2 or not set(named) <= set(EMOTIONS):
            raise ConfigError(f"--emotions: expected two or more of {','.join(EMOTIONS)}, found {self.emotions!r}")
        return SplitOptions(
            same_people_in_splits=self.same_people_in_splits,
            drop_copies=self.drop_copies,
            emotions=tuple(emotion for emotion in EMOTIONS if emotion in named),
        )

    def allowed(self) -> dict[str, Any]:
        """What was asked for beyond the defaults of the split."""
        facts = {"emotions": self.emotions, "same_people_in_splits": self.same_people_in_splits, "drop_copies": self.drop_copies}
        facts |= {"subject_normalisation": self.subject_normalisation, "inputs": self.inputs}
        return {name: fact for name, fact in facts.items() if fact}

    def recipe(self) -> Recipe:
        """The preset for the encoding."""
        return (presets.best if self.preset == "best" else presets.paper)(self.encoding).normalising(self.subject_normalisation)


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The result of a training."""

    bundle: Bundle
    out: str
    split: Split
    seconds: float


def train_model(config: TrainOptions) -> Trained:
    """Train, and write the bundle to `config.out`.

    Raises:
        ConfigError: features that cannot be trained on, or an output that holds another model, or a table.
        TableLocked: another run trains into the output.
        KeyboardInterrupt: it was asked to stop; started again, it goes on from the last checkpoint.
    """
    started, task = time.monotonic(), task_of(config)
    with locked(task.out, config.lock) as lock, session():
        _check_output(task.out, task.request)  # again: another run may have written there before the lock was ours
        fit_on_workers(replace(task, about_lock=lock.about), workers=config.workers, gpus_per_worker=config.gpus_per_worker)
    return Trained(bundle=Bundle.load(task.out), out=task.out, split=task.split, seconds=time.monotonic() - started)


def task_of(config: TrainOptions) -> TrainTask:
    """What is to be trained, on what; what a user should know of the clips is said.

    Raises:
        ConfigError: features that cannot be trained on, or an output that holds another model, or a table.
    """
    features, out = resolve(config.features), resolve(config.out)
    table, feature_set = identity(features, (*IDENTITY_COLUMNS, *COVERAGES))
    provenance = provenance_of(features)
    split = split_of(table, config.split_options(), seen_by_selection(provenance))
    say(*unlabelled_lines(table, "train"), *split_lines(split))
    columns = columns_of_table(features)
    inputs = chosen_inputs(config.inputs, columns, config.preset)
    modalities = learnable_modalities(table, _learned_from(split), inputs)
    recipe = config.recipe().reading(modalities, inputs, is_ranked=is_ranked(provenance))
    said = modality_lines(recipe) if is_of_both(inputs) else []  # what is missing by choice is told by the inputs
    say(*said, *input_lines("train", config.inputs, recipe.model.reads, parts_with_values(table, columns)))
    _check_order(provenance, recipe)
    request = request_of(config, features, feature_set)
    check_own_folder(out, features)
    _check_output(out, request)
    size_gb = parts.size_bytes(features, columns_to_read(recipe.model.named, columns)) / 1e9
    if size_gb > config.memory_gb:
        say(f"train: the features take {size_gb:,.3g} GB of memory: they lie on each worker's disk meanwhile (TMPDIR; --memory-gb)")
    return TrainTask(
        features=features,
        out=out,
        recipe=recipe,
        split=split,
        seeds=tuple(range(config.seeds)),
        feature_set=feature_set,
        extraction=provenance,
        request=request,
        content=content_digest(features, table, split.rows),
        on_disk=size_gb > config.memory_gb,
    )


def request_of(config: TrainOptions, features: str, feature_set: str) -> dict[str, Any]:
    """What was asked for, as the bundle keeps it; a bundle is given to others, so that no credential is in it."""
    named = {"features": public(features), "feature_set": feature_set}
    return {**named, "preset": config.preset, "encoding": config.encoding, "seeds": config.seeds, **config.allowed()}


def _learned_from(split: Split) -> list[str]:
    """Ids of the clips that train, or choose what is kept."""
    rows = split.rows.select(["clip_id", "split"]).to_pylist()
    return [row["clip_id"] for row in rows if row["split"] != "test"]


def _check_order(provenance: Provenance, recipe: Recipe) -> None:
    """Refuse to keep the first appearance values of a feature map that was not ranked: they are not the most important ones."""
    count = recipe.model.appearance_values
    if count is not None and "appearance" in recipe.model.reads and holds_whole_map(provenance):
        raise ConfigError(
            f"features: preset {recipe.name} keeps the {count} most important appearance values; "
            "this table holds the whole feature map, unranked\n"
            "  Extract with a selection that jobs/select.py wrote, or train with --preset paper. (compare ranks the values itself.)"
        )


def _check_output(out: str, request: Mapping[str, Any]) -> None:
    """Refuse to write over a model of other options or features."""
    content = open_folder(out).read(bundles.MODEL)
    if content is None:
        return
    found = json.loads(content).get("training", {}).get(_REQUEST)
    if found != request:
        raise ConfigError(
            f"--out {out} holds another model\n  expected: {request}\n  found:    {found}\n  Give another folder, or delete that one."
        )
