"""Table 1 on Ray: the models side by side, in the same folds, each trained from several seeds."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from avemo_core.errors import ConfigError
from avemo_core.evaluation.comparison import beside_first, document, part_clips
from avemo_core.evaluation.folds import Fold, held_out_part
from avemo_core.features.clip_features import ClipFeatures, columns_to_read, from_table
from avemo_core.features.parts import PAPER, parse_parts
from avemo_core.features.preprocess.config import SubjectNormalisation
from avemo_core.features.preprocess.modalities import ALONE
from avemo_core.model.config import Encoding
from avemo_core.report.table1 import FILE
from avemo_core.runtime.public import public
from avemo_core.training import presets
from avemo_core.training.config import Recipe
from avemo_core.training.ensemble import labels_of
from avemo_core.training.inputs import chosen_inputs
from avemo_core.training.learnable import COVERAGES, check_emotions, parts_with_values
from avemo_core.training.splits import IDENTITY_COLUMNS, SplitOptions
from avemo_core.training.unlabelled import absent_lines, unlabelled_lines
from cluster.compare.choices import Choice, check_learnable, choice_lines, rows_of
from cluster.compare.folds import PartedClips, check_folds, parted, readable
from cluster.compare.results import Results, fit_all
from cluster.compare.tasks import ForestOptions
from cluster.progress import say
from cluster.ray.session import resolve, session
from cluster.storage.location import open_folder
from cluster.storage.lock import LockOptions, locked
from cluster.tables import parts
from cluster.tables.feature_table import (
    check_own_folder,
    columns_of_table,
    holds_whole_map,
    identity,
    is_ranked,
    provenance_of,
    seen_by_selection,
)
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
_SELECTED_NONE: Final = "no clip has a face: no appearance values were chosen"
_SELECTED_UNREAD: Final = "no appearance is read: none of its values were chosen"
_SELECTED_BEFORE: Final = (
    "the appearance values were chosen before the folds; on features extracted with --selection all they are chosen in every fold"
)


@dataclass(frozen=True, kw_only=True)
class CompareOptions:
    """Train the models of Table 1 side by side."""

    features: str
    """Features table; but for --folds split one that was extracted with --selection all."""
    out: str
    """Folder for table.json and predictions.parquet."""
    preset: Literal["best", "paper"] = "best"
    """What the models have in common; they differ in their encoding."""
    inputs: tuple[str, ...] = ()
    """What the models read, as `train --inputs`; given several times, the proposed and the pooled model of each are put side by side."""
    folds: str = "split"
    """split: the table's own splits, or ones made as train makes them; subject: every subject is left out once; a number: so many groups of
    whole people, each left out once; ravdess, crema-d: the folds others publish; else a csv of fold and clip_id, or fold and subject."""
    repeats: int = 3
    """Networks of every model in every fold, each from another seed."""
    keep: int = 1024
    """Appearance values to keep where the table holds the whole feature map; they are selected in every fold anew."""
    trees: int = 150
    """In the forest that selects them."""
    subject_normalisation: SubjectNormalisation | None = None
    """auto: leave the emotions that a person is read to show, take the rest of the person away; on: as if everybody showed all emotions;
    off: none; none given: auto in best, off in paper."""
    same_people_in_splits: bool = False
    """Allow one person in several splits; what is measured then says less about people never seen."""
    drop_copies: bool = False
    """Of clips with the same content keep the first, by clip_id."""
    lock: LockOptions = field(default_factory=LockOptions)
    """What the lock of the output may do without."""

    def __post_init__(self) -> None:
        """Refuse counts that compare nothing."""
        check_folds(self.folds)
        named = [parse_parts("--inputs", given) for given in self.inputs]
        if len(set(named)) < len(named):
            raise ConfigError(f"--inputs: expected different parts each time, found {' and '.join(self.inputs)}")
        for parts_named in named:
            self.recipe("perception").reading("audio-visual", parts_named)
        self.recipe("perception")
        if self.repeats < 1 or self.keep < 1 or self.trees < 1:
            raise ConfigError(f"--repeats, --keep and --trees must be at least 1, not {self.repeats}, {self.keep} and {self.trees}")

    def recipe(self, encoding: Encoding) -> Recipe:
        """The preset for an encoding."""
        return (presets.best if self.preset == "best" else presets.paper)(encoding).normalising(self.subject_normalisation)

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
    known, _ = identity(features, (*IDENTITY_COLUMNS, *COVERAGES))
    say(*unlabelled_lines(known, "compare"))
    check_own_folder(out, features)
    with_val = options.recipe("perception").fit.patience is not None  # the epoch is chosen on val clips
    columns = columns_of_table(features)
    wanted = [chosen_inputs(asked, columns, options.preset) for asked in options.inputs or (None,)]
    clips = from_table(parts.read(features, columns_to_read(tuple(dict.fromkeys(chain(*wanted))), columns)))
    provenance = provenance_of(features)
    seen = seen_by_selection(provenance)

    def part(some: Sequence[ClipFeatures]) -> PartedClips:
        return parted(known, some, options.folds, options.split_options(), seen, with_val=with_val)

    found, modalities = readable(known, clips, part, wanted)
    choices = [Choice(inputs=inputs, modalities=of, is_ranked=is_ranked(provenance)) for inputs, of in zip(wanted, modalities, strict=True)]
    check_emotions([clip.label or "" for clip in found.clips])
    check_learnable(choices, found.clips, found.folds)
    say(*absent_lines(found.clips, found.folds, "compare"))
    say(*choice_lines(options.inputs, choices, parts_with_values(known, columns)))
    if unread := found.said.get("clips_not_read"):
        say(f"compare: {unread:,} clips without what the models read are left out")
    forest_options = ForestOptions(keep=options.keep, trees=options.trees) if holds_whole_map(provenance) else None
    with locked(out, options.lock) as lock, session():
        fitted = {
            choice.name: fit_all(
                found.clips,
                found.folds,
                partial(choice.recipe, options.recipe),
                forest_options if choice.reads_appearance else None,
                options.repeats,
                proposed_alone=len(choices) > 1,
            )
            for choice in choices
        }
        table = (
            _table(choices, fitted, found, options, _selected(choices, forest_options)) | found.said | _read(options, choices) | lock.about
        )
        folder = open_folder(out)
        folder.write(PREDICTIONS, encode(_predictions(fitted, found.clips, found.folds)))
        folder.write(FILE, json.dumps(table, indent=2).encode() + b"\n")
    return Comparison(table=table, out=out, seconds=time.monotonic() - started)


def _selected(choices: Sequence[Choice], forest_options: ForestOptions | None) -> str:
    if not any(choice.reads_appearance for choice in choices):
        return _SELECTED_NONE if all("appearance" in choice.inputs for choice in choices) else _SELECTED_UNREAD
    return _SELECTED_IN_FOLDS if forest_options else _SELECTED_BEFORE


def _read(options: CompareOptions, choices: Sequence[Choice]) -> dict[str, Any]:
    """What the models read, where it was asked for, or is one modality or other parts than the paper's."""
    one = choices[0]
    modalities = {"modalities": one.modalities} if len(choices) == 1 and one.modalities in ALONE else {}
    named = [choice.name for choice in choices]
    return modalities | ({"inputs": named} if options.inputs or set(one.inputs) != set(PAPER) else {})


def _table(
    choices: Sequence[Choice], fitted: Mapping[str, Results], found: PartedClips, options: CompareOptions, selection: str
) -> dict[str, Any]:
    """The content of `table.json`."""
    labels = labels_of(found.clips)
    clips = part_clips(found.folds, labels, [clip.subject for clip in found.clips], found.groups)
    rows = {name: results.rows(found.folds, labels) for name, results in fitted.items()}
    return {
        "preset": options.preset,
        "folds": public(options.folds),
        "held_out_clips": {fold.name: len(fold.parts[part]) for fold in found.folds if (part := held_out_part(fold.parts))},
        "repeats": options.repeats,
        "subject_normalisation": options.recipe("perception").model.subject_normalisation,
        "clips": len(labels),
        "chance": float(np.bincount(labels).max() / len(labels)),
        "selection": selection,
        "roles": found.roles(selected_before=selection == _SELECTED_BEFORE),
        "interval_over": {part: {"unit": each.clusters.unit, "count": each.clusters.count} for part, each in clips.items()},
        "rows": beside_first(rows, clips) if len(rows) > 1 else document(rows_of(choices[0], rows[choices[0].name]), clips),
    }


def _predictions(fitted: Mapping[str, Results], clips: Sequence[ClipFeatures], folds: Sequence[Fold]) -> pa.Table:
    """Every model's probabilities for every held-out clip, one row a model, run and clip."""
    rows = [
        {
            "model": f"{model}: {name}" if len(fitted) > 1 else model,
            "run": run,
            "fold": fold.name,
            "clip_id": clips[clip].clip_id,
            "subject": clips[clip].subject,
        }
        | {"label": clips[clip].label, "predicted": EMOTIONS[int(p.argmax())]}
        | {f"p_{emotion}": float(value) for emotion, value in zip(EMOTIONS, p, strict=True)}
        for name, results in fitted.items()
        for model, fold, run, probabilities in results.held_out(folds)
        for clip, p in zip(fold.parts[held_out_part(fold.parts) or ""], probabilities, strict=True)
    ]
    return pa.Table.from_pylist(rows, _PREDICTIONS)
