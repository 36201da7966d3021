"""Table 1 on Ray: the models side by side, in the same folds, each trained from several seeds."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int

from avemo_core.appearance.seen import SeenClips
from avemo_core.errors import ConfigError
from avemo_core.evaluation.comparison import Fold, document, held_out_part, subject_folds
from avemo_core.features.clip_features import FEATURE_COLUMNS, ClipFeatures, from_table
from avemo_core.model.config import Encoding
from avemo_core.report.table1 import FILE
from avemo_core.training import presets
from avemo_core.training.config import Recipe
from avemo_core.training.copies import without_copies
from avemo_core.training.ensemble import labels_of
from avemo_core.training.splits import IDENTITY_COLUMNS, SplitOptions, check_copies_apart, labelled, split_of
from avemo_core.training.unlabelled import unlabelled_lines
from cluster.compare.results import Results, fit_all
from cluster.compare.tasks import ForestOptions
from cluster.progress import say
from cluster.ray.session import resolve, session
from cluster.storage.location import open_folder
from cluster.storage.lock import locked
from cluster.tables import parts
from cluster.tables.feature_table import check_own_folder, holds_whole_map, identity, provenance_of, seen_by_selection
from cluster.tables.parquet import encode
from schemas.emotions import EMOTIONS

PREDICTIONS: Final = "predictions.parquet"

_PREDICTIONS: Final = pa.schema(
    [
        *(
            (name, pa.int64() if name == "run" else pa.string())
            for name in ("model", "run", "fold", "clip_id", "subject", "label", "predicted")
        ),
        *((f"p_{emotion}", pa.float64()) for emotion in EMOTIONS),
    ]
)

_SELECTED_IN_FOLDS: Final = "the appearance values were chosen in every fold from its train part alone"
_SELECTED_BEFORE: Final = (
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
    """Appearance values to keep where the table holds the whole feature map; they are selected in every fold anew."""
    trees: int = 150
    """In the forest that selects them."""
    same_people_in_splits: bool = False
    """Allow one person in several splits; what is measured then says less about people never seen."""
    drop_copies: bool = False
    """Of clips with the same content keep the first, by clip_id."""

    def __post_init__(self) -> None:
        """Refuse counts that compare nothing."""
        if self.repeats < 1 or self.keep < 1 or self.trees < 1:
            raise ConfigError(f"--repeats, --keep and --trees must be at least 1, not {self.repeats}, {self.keep} and {self.trees}")

    def recipe(self, encoding: Encoding) -> Recipe:
        """The preset for an encoding."""
        return (presets.best if self.preset == "best" else presets.paper)(encoding)

    def split_options(self) -> SplitOptions:
        """What of the table is compared on."""
        return SplitOptions(same_people_in_splits=self.same_people_in_splits, drop_copies=self.drop_copies)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The result of a comparison."""

    table: Mapping[str, Any]
    """The content of `table.json`."""
    out: str
    seconds: float


def compare(options: CompareOptions) -> Comparison:
    """Train every model in every fold, predict the held-out clips, and write `table.json` and `predictions.parquet`.

    Raises:
        ConfigError: features that cannot be compared on, or an output that is a table.
        TableLocked: another run writes the output.
    """
    started, features, out = time.monotonic(), resolve(options.features), resolve(options.out)
    known, _ = identity(features, IDENTITY_COLUMNS)
    say(*unlabelled_lines(known, "compare"))
    check_own_folder(out, features)
    provenance = provenance_of(features)
    seen = seen_by_selection(provenance)
    clips, folds, said = _clips_and_folds(known, from_table(parts.read(features, list(FEATURE_COLUMNS))), options, seen)
    forest_options = ForestOptions(keep=options.keep, trees=options.trees) if holds_whole_map(provenance) else None
    with session(), locked(out):
        results = fit_all(clips, folds, options.recipe, forest_options, options.repeats)
        table = _table(results, labels_of(clips), folds, options, selected_in_folds=forest_options is not None) | said
        folder = open_folder(out)
        folder.write(PREDICTIONS, encode(_predictions(results, clips, folds)))
        folder.write(FILE, json.dumps(table, indent=2).encode() + b"\n")
    return Comparison(table=table, out=out, seconds=time.monotonic() - started)


def _clips_and_folds(
    known: pa.Table, clips: Sequence[ClipFeatures], options: CompareOptions, seen: SeenClips | None
) -> tuple[list[ClipFeatures], list[Fold], dict[str, Any]]:
    """The labelled clips by clip_id, those with NaN or infinity left out as in training; the folds of them; what the user allowed."""
    finite = {clip.clip_id: clip for clip in clips if clip.label is not None and clip.is_finite}
    known = known.filter(pc.is_in(known.column("clip_id"), value_set=pa.array(list(finite), pa.string())))
    with_val = options.recipe("perception").fit.patience is not None  # the epoch is chosen on val clips
    if options.folds == "split":
        split = split_of(known, options.split_options(), seen)
        assigned = split.assign(list(finite.values()))
        return assigned, _one_fold(assigned, with_val=with_val), split.said()
    stay, copies = _whole_subjects(known, options)
    kept = [finite[clip_id] for clip_id in stay]
    folds = subject_folds([clip.subject for clip in kept], with_val=with_val)
    if len(folds) < 2:
        raise ConfigError(f"--folds subject needs labelled clips of at least two subjects, found {len(folds)}")
    return kept, folds, {"copies_left_out": copies} if copies else {}


def _whole_subjects(known: pa.Table, options: CompareOptions) -> tuple[list[str], list[str]]:
    """Ids of the clips that stay and of copies that are dropped; where copies may not be, no two people have the same."""
    rows = labelled(known).to_pylist()
    stay, copies = without_copies(rows)
    if copies and not options.drop_copies:
        check_copies_apart(rows)
        stay, copies = list(range(len(rows))), []
    return [rows[index]["clip_id"] for index in stay], copies


def _one_fold(assigned: Sequence[ClipFeatures], *, with_val: bool) -> list[Fold]:
    """The fold of the clips' splits; where no epoch is chosen, the val clips train, as in `train`."""
    indices = {name: np.flatnonzero([clip.split == name for clip in assigned]) for name in ("train", "val", "test")}
    if not with_val:
        indices = {"train": np.union1d(indices["train"], indices["val"]), "test": indices["test"]}
    return [Fold("split", {name: members for name, members in indices.items() if len(members)})]


def _table(
    results: Results, labels: Int[np.ndarray, " clip"], folds: Sequence[Fold], options: CompareOptions, *, selected_in_folds: bool
) -> dict[str, Any]:
    """The content of `table.json`."""
    return {
        "preset": options.preset,
        "folds": options.folds,
        "repeats": options.repeats,
        "clips": len(labels),
        "chance": float(np.bincount(labels).max() / len(labels)),
        "selection": _SELECTED_IN_FOLDS if selected_in_folds else _SELECTED_BEFORE,
        "rows": document(results.rows(folds, labels)),
    }


def _predictions(results: Results, clips: Sequence[ClipFeatures], folds: Sequence[Fold]) -> pa.Table:
    """Every model's probabilities for every held-out clip, one row a model, run and clip."""
    rows = [
        {"model": model, "run": run, "fold": fold.name, "clip_id": clips[clip].clip_id, "subject": clips[clip].subject}
        | {"label": clips[clip].label, "predicted": EMOTIONS[int(p.argmax())]}
        | {f"p_{emotion}": float(value) for emotion, value in zip(EMOTIONS, p, strict=True)}
        for model, fold, run, probabilities in results.held_out(folds)
        for clip, p in zip(fold.parts[held_out_part(fold.parts) or ""], probabilities, strict=True)
    ]
    return pa.Table.from_pylist(rows, _PREDICTIONS)
