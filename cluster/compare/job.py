"""Table 1 on Ray: the models side by side in the same folds, repeated."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from avemo_core.errors import ConfigError
from avemo_core.evaluation.comparison import Fold, document, held_out_part, subject_folds
from avemo_core.features.clip_features import FEATURE_COLUMNS, ClipFeatures, from_table
from avemo_core.model.config import Encoding
from avemo_core.report.table1 import FILE
from avemo_core.training import presets
from avemo_core.training.config import Recipe
from avemo_core.training.ensemble import labels_of
from avemo_core.training.splits import split_of
from cluster.compare.results import Results, fit_all
from cluster.compare.tasks import Choice
from cluster.ray.session import resolve, session
from cluster.storage.location import open_folder
from cluster.storage.lock import locked
from cluster.tables import parts
from cluster.tables.feature_table import check_own_folder, holds_whole_map, identity, provenance_of
from cluster.tables.parquet import encode
from schemas.emotions import EMOTIONS

PREDICTIONS: Final = "predictions.parquet"

_IDENTITY: Final = ("clip_id", "source_id", "subject", "label", "split")

_PREDICTIONS: Final = pa.schema(
    [
        *(
            (name, pa.int64() if name == "run" else pa.string())
            for name in ("model", "run", "fold", "clip_id", "subject", "label", "predicted")
        ),
        *((f"p_{emotion}", pa.float64()) for emotion in EMOTIONS),
    ]
)

_CHOSEN_HERE: Final = "the appearance values were chosen in every fold from its train part alone"
_CHOSEN_BEFORE: Final = (
    "the appearance values were chosen before the folds, perhaps from clips that are held out here; "
    "on features extracted with --selection all they are chosen in every fold"
)


@dataclass(frozen=True, kw_only=True)
class CompareOptions:
    """Train the models of Table 1 side by side."""

    features: str
    """Features table; with --folds subject one that was extracted with --selection all."""
    out: str
    """Folder for table.json and predictions.parquet."""
    preset: Literal["best", "paper"] = "best"
    """What the models have in common; they differ in their encoding."""
    folds: Literal["split", "subject"] = "split"
    """split: the table's own splits, or ones made as train makes them; subject: every subject is left out once."""
    repeats: int = 3
    """Networks of every model in every fold, each from another seed."""
    keep: int = 1024
    """Values of the appearance that are kept where the table holds the whole map; they are chosen in every fold anew."""
    trees: int = 150
    """In the forest that chooses them."""

    def __post_init__(self) -> None:
        """Refuse counts that compare nothing."""
        if self.repeats < 1 or self.keep < 1 or self.trees < 1:
            raise ConfigError(f"--repeats, --keep and --trees must be at least 1, not {self.repeats}, {self.keep} and {self.trees}")

    def recipe(self, encoding: Encoding) -> Recipe:
        """The preset for an encoding."""
        return (presets.best if self.preset == "best" else presets.paper)(encoding)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What a comparison came to."""

    table: Mapping[str, Any]
    """The content of `table.json`."""
    out: str
    seconds: float


def compare(options: CompareOptions) -> Comparison:
    """Train, predict what was held out, and write `table.json` and `predictions.parquet`.

    Raises:
        ConfigError: features that cannot be compared on, or an output that is a table.
        TableLocked: another run writes the output.
    """
    started, features, out = time.monotonic(), resolve(options.features), resolve(options.out)
    identity(features, _IDENTITY)
    check_own_folder(out, features)
    clips, folds = _parted(from_table(parts.read(features, list(FEATURE_COLUMNS))), options)
    choice = Choice(keep=options.keep, trees=options.trees) if holds_whole_map(provenance_of(features)) else None
    with session(), locked(out):
        results = fit_all(clips, folds, options.recipe, choice, options.repeats)
    labels = labels_of(clips)
    table = {
        "preset": options.preset,
        "folds": options.folds,
        "repeats": options.repeats,
        "clips": len(clips),
        "chance": float(np.bincount(labels).max() / len(labels)),
        "selection": _CHOSEN_HERE if choice else _CHOSEN_BEFORE,
        "rows": document(results.rows(folds, labels)),
    }
    folder = open_folder(out)
    folder.write(PREDICTIONS, encode(_predictions(results, clips, folds)))
    folder.write(FILE, json.dumps(table, indent=2).encode() + b"\n")
    return Comparison(table=table, out=out, seconds=time.monotonic() - started)


def _parted(clips: Sequence[ClipFeatures], options: CompareOptions) -> tuple[list[ClipFeatures], list[Fold]]:
    """The labelled clips in the order of their ids, those with NaN or infinity left out as in training, and how they are parted."""
    labelled = sorted((clip for clip in clips if clip.label is not None and clip.is_finite), key=lambda clip: clip.clip_id)
    choosy = options.recipe("perception").fit.patience is not None
    if options.folds == "split":
        return _split(labelled, choosy=choosy)
    folds = subject_folds([clip.subject for clip in labelled], with_val=choosy)
    if len(folds) < 2:
        raise ConfigError(f"--folds subject needs labelled clips of at least two subjects, found {len(folds)}")
    return labelled, folds


def _split(clips: Sequence[ClipFeatures], *, choosy: bool) -> tuple[list[ClipFeatures], list[Fold]]:
    """One fold; where no epoch is chosen, the val clips train, as `train` has it."""
    identity = pa.table({name: pa.array([getattr(clip, name) for clip in clips], pa.string()) for name in _IDENTITY})
    placed = split_of(identity).assign(clips)
    at = {name: np.flatnonzero([clip.split == name for clip in placed]) for name in ("train", "val", "test")}
    if not choosy:
        at = {"train": np.union1d(at["train"], at["val"]), "test": at["test"]}
    return placed, [Fold("split", {name: members for name, members in at.items() if len(members)})]


def _predictions(results: Results, clips: Sequence[ClipFeatures], folds: Sequence[Fold]) -> pa.Table:
    """What every model said of every held-out clip, one row a model, run and clip."""
    rows = [
        {"model": model, "run": run, "fold": fold.name, "clip_id": clips[clip].clip_id, "subject": clips[clip].subject}
        | {"label": clips[clip].label, "predicted": EMOTIONS[int(shares.argmax())]}
        | {f"p_{emotion}": float(share) for emotion, share in zip(EMOTIONS, shares, strict=True)}
        for model, fold, run, probabilities in results.held_out(folds)
        for clip, shares in zip(fold.parts[held_out_part(fold.parts) or ""], probabilities, strict=True)
    ]
    return pa.Table.from_pylist(rows, _PREDICTIONS)
