"""Which clips train, which validate, which test: the table's own splits, or subject-independent ones made here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.training.folds import group_of, grouped_folds
from schemas.emotions import EMOTIONS

SPLIT_COLUMNS: Final = ("clip_id", "source_id", "subject", "label", "split")

_MADE_FOLDS: Final = 7
"""Five for training, one each for validation and test: about 70 : 15 : 15."""


class Split(NamedTuple):
    """The split of every labelled clip."""

    rows: pa.Table
    """`SPLIT_COLUMNS`, no nulls in label and split, by clip_id: a table's own order is the one its clips happened to be finished in."""
    made: bool
    """Whether the split was made here, because the table has none."""

    def counts(self) -> dict[str, int]:
        """Clips in each split that has any."""
        found = self.rows.column("split").to_pylist()
        return {split: found.count(split) for split in ("train", "val", "test") if split in found}

    def assign(self, clips: Sequence[ClipFeatures]) -> list[ClipFeatures]:
        """The clips that have a split, each with it, sorted by clip_id."""
        splits = dict(zip(*(self.rows.column(name).to_pylist() for name in ("clip_id", "split")), strict=True))
        assigned = (replace(clip, split=splits[clip.clip_id]) for clip in clips if clip.clip_id in splits)
        return sorted(assigned, key=lambda clip: clip.clip_id)


def split_of(identity: pa.Table) -> Split:
    """Read the split of labelled clips, or make one where no clip has any.

    A made split keeps people apart, about 70 : 15 : 15; with two groups there is no validation split, with one no test either.

    Args:
        identity: `SPLIT_COLUMNS` of a features table; rows without a label are left out.

    Raises:
        ConfigError: no labelled clip, an unknown label, a split on some clips only, nothing to train on, a subject in two splits.
    """
    rows = identity.select(SPLIT_COLUMNS).filter(pc.is_valid(identity.column("label"))).sort_by("clip_id")
    if not len(rows):
        raise ConfigError("features: expected labelled clips to train on, found none\n  Give `extract` a clips table with a label column.")
    _check_labels(rows)
    records = rows.to_pylist()
    without = [row["clip_id"] for row in records if row["split"] is None]
    if without and len(without) < len(records):
        raise ConfigError(
            f"split: expected on every labelled clip or on none, found {len(without)} of {len(records)} without, among them "
            f"{', '.join(without[:3])}\n  Complete the clips table's split column, or leave it out."
        )
    if without:
        rows = rows.set_column(rows.column_names.index("split"), "split", pa.array(_made(records), pa.string()))
    _check_subjects_apart(rows.to_pylist())
    if "train" not in rows.column("split").to_pylist():
        raise ConfigError("split: expected some labelled clips with split train, found none")
    return Split(rows, bool(without))


def _check_labels(rows: pa.Table) -> None:
    unknown = sorted(set(rows.column("label").to_pylist()) - set(EMOTIONS))
    if unknown:
        raise ConfigError(f"label: expected {', '.join(EMOTIONS)}\n  found: {', '.join(unknown[:5])}")


def _made(records: Sequence[Mapping[str, Any]], seed: int = 0) -> list[str]:
    groups = [group_of(row["subject"], row["source_id"]) for row in records]
    folds = grouped_folds(groups, _MADE_FOLDS, seed)
    splits = ["train"] * len(records)
    for split, fold in (("test", folds[-1] if len(folds) > 1 else ()), ("val", folds[-2] if len(folds) > 2 else ())):
        for clip in fold:
            splits[clip] = split
    return splits


def _check_subjects_apart(records: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a subject in two splits; a null subject is nobody."""
    splits: dict[str, set[str]] = {}
    for row in records:
        if row["subject"] is not None:
            splits.setdefault(row["subject"], set()).add(row["split"])
    torn = {name: sorted(found) for name, found in sorted(splits.items()) if len(found) > 1}
    if torn:
        lines = "\n".join(f"    {name}: {', '.join(found)}" for name, found in torn.items())
        raise ConfigError(f"subjects: expected each in one split, found in several:\n{lines}\n  Correct the clips table's split column.")
