"""Which clips train, which validate, which test: the table's own splits, or subject-independent ones made here.

It is decided here for `select`, `train` and `compare` alike, before anything is fitted (docs/decisions/held-out.md).
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.appearance.seen import SeenClips
from avemo_core.corpora import leakage
from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.runtime.stored import changed
from avemo_core.training.copies import content_of, copy_key, groups_of, without_copies
from avemo_core.training.folds import made_split
from schemas.emotions import EMOTIONS

SPLIT_COLUMNS: Final = ("clip_id", "source_id", "subject", "label", "split")

IDENTITY_COLUMNS: Final = (*SPLIT_COLUMNS, "uri", "content_sha256", "start_s", "stop_s")
"""What tells people, files and parts of files apart."""

SEEN_COLUMN: Final = "seen_by_selection"
"""Of a bundle's split: a report has neither contents nor groups to find out by."""

_SHOWN: Final = 10
"""How many contents a message names."""


@dataclass(frozen=True, kw_only=True)
class SplitOptions:
    """What a user allows or leaves out."""

    same_people_in_splits: bool = False
    """Allow one person in several splits; figures then say less about people never seen."""
    drop_copies: bool = False
    """Of clips of the same content keep the first, by clip_id."""
    emotions: tuple[str, ...] = EMOTIONS
    """Clips of other emotions are left out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """The split of every labelled clip."""

    rows: pa.Table
    """`SPLIT_COLUMNS`, no nulls in label and split, by clip_id: a table's own order is the one its clips happened to be finished in."""
    made: bool
    """Whether the split was made here, because the table has none."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """clip_id -> name of the group that stays in one split and one fold."""
    emotions: tuple[str, ...] = EMOTIONS
    """Those that are told apart."""
    copies: tuple[str, ...] = ()
    """Clips that were left out as copies of others."""
    other_emotions: int = 0
    """How many clips were left out, as their emotion is none of those."""
    people_in_several: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Subjects that the user allowed in several splits."""
    seen: frozenset[str] | None = None
    """Ids of the clips that the selection of appearance values has seen, with all others of their groups; None: nobody knows."""

    def recorded(self) -> pa.Table:
        """The rows, with a column of which clips the selection has seen, for the bundle; null where nobody knows."""
        is_seen = [None if self.seen is None else clip_id in self.seen for clip_id in self.rows.column("clip_id").to_pylist()]
        return self.rows.append_column(SEEN_COLUMN, pa.array(is_seen, pa.bool_()))

    def counts(self) -> dict[str, int]:
        """Clips in each split that has any."""
        found = self.rows.column("split").to_pylist()
        return {split: found.count(split) for split in ("train", "val", "test") if split in found}

    def assign(self, clips: Sequence[ClipFeatures]) -> list[ClipFeatures]:
        """The clips that have a split, each with it, sorted by clip_id."""
        splits = dict(zip(*(self.rows.column(name).to_pylist() for name in ("clip_id", "split")), strict=True))
        assigned = (changed(clip, split=splits[clip.clip_id]) for clip in clips if clip.clip_id in splits)
        return sorted(assigned, key=lambda clip: clip.clip_id)

    def absent(self, splits: Sequence[str] = ("train",)) -> list[str]:
        """Emotions of which no clip is in these splits."""
        learned = self.rows.filter(pc.is_in(self.rows.column("split"), value_set=pa.array(splits))).column("label").unique().to_pylist()
        return [emotion for emotion in EMOTIONS if emotion not in learned]

    def said(self) -> dict[str, Any]:
        """What a user allowed or left out, for a bundle, a card or a comparison; empty where nothing was."""
        facts = {
            "people_in_several_splits": {name: list(splits) for name, splits in self.people_in_several.items()},
            "copies_left_out": list(self.copies),
            "emotions": list(self.emotions) if self.emotions != EMOTIONS else [],
            "clips_of_other_emotions": self.other_emotions,
        }
        return {name: fact for name, fact in facts.items() if fact}


def split_of(identity: pa.Table, options: SplitOptions | None = None, seen: SeenClips | None = None) -> Split:
    """Read the split of labelled clips, or make one where no clip has any.

    A made split keeps people apart, about 70 : 15 : 15; with two groups there is no validation split, with one no test either. Groups
    that the selection has seen train, and val and test are of the others, where there are any.

    Args:
        identity: `SPLIT_COLUMNS` of a features table, and those of `IDENTITY_COLUMNS` that it has; rows without a label are left out.
        options: what the user allows or leaves out.
        seen: the clips that the selection of appearance values has learned from; None: nobody knows.

    Raises:
        ConfigError: no labelled clip, an unknown label, a split on some clips only, nothing to train on, a subject or a content in two
            splits.
    """
    options = options or SplitOptions()
    rows = labelled(identity)
    known = rows.filter(pc.is_in(rows.column("label"), value_set=pa.array(options.emotions)))
    if not len(known):
        raise ConfigError(f"features: expected clips of {', '.join(options.emotions)}, found none")
    copies: list[str] = []
    if options.drop_copies:
        stay, copies = without_copies(known.to_pylist())
        known = known.take(stay)
    records = known.to_pylist()
    made = _is_made(records)
    groups = groups_of(records)
    is_seen = [bool(seen and seen.has(row["source_id"], row.get("content_sha256"))) for row in records]
    if made:
        seen_groups = {group for group, was_seen in zip(groups, is_seen, strict=True) if was_seen}
        parts = made_split(groups, known.column("label").to_pylist(), seen_groups)
        known = known.set_column(known.column_names.index("split"), "split", pa.array(parts, pa.string()))
    people = _check_apart(known, made=made, same_people=options.same_people_in_splits)
    if "train" not in known.column("split").to_pylist():
        raise ConfigError("split: expected some labelled clips with split train, found none")
    return Split(
        rows=known.select(SPLIT_COLUMNS),
        made=made,
        groups=dict(zip(known.column("clip_id").to_pylist(), groups, strict=True)),
        emotions=options.emotions,
        copies=tuple(copies),
        other_emotions=len(rows) - len(known) - len(copies),
        people_in_several=people,
        seen=None if seen is None else _with_their_groups(known, groups, is_seen),
    )


def _with_their_groups(rows: pa.Table, groups: Sequence[str], is_seen: Sequence[bool]) -> frozenset[str]:
    """Ids of the clips that were seen, and of the others of their groups; of a group in several splits, as allowed, those of one split."""
    parts = list(zip(groups, rows.column("split").to_pylist(), strict=True))
    seen = {part for part, was_seen in zip(parts, is_seen, strict=True) if was_seen}
    return frozenset(clip_id for clip_id, part in zip(rows.column("clip_id").to_pylist(), parts, strict=True) if part in seen)


def labelled(identity: pa.Table) -> pa.Table:
    """The rows with a label, by clip_id, of the columns of `IDENTITY_COLUMNS` that there are.

    Raises:
        ConfigError: there is none, or a label outside the seven.
    """
    rows = identity.select([name for name in IDENTITY_COLUMNS if name in identity.column_names])
    rows = rows.filter(pc.is_valid(rows.column("label"))).sort_by("clip_id")
    if not len(rows):
        raise ConfigError("features: expected labelled clips to train on, found none\n  Give `extract` a clips table with a label column.")
    unknown = sorted(set(rows.column("label").to_pylist()) - set(EMOTIONS))
    if unknown:
        raise ConfigError(f"label: expected {', '.join(EMOTIONS)}\n  found: {', '.join(unknown[:5])}")
    return rows


def _is_made(records: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the split is to be made: no clip has one."""
    without = [row["clip_id"] for row in records if row["split"] is None]
    if without and len(without) < len(records):
        raise ConfigError(
            f"split: expected on every labelled clip or on none, found {len(without)} of {len(records)} without, among them "
            f"{', '.join(without[:3])}\n  Complete the clips table's split column, or leave it out."
        )
    return bool(without)


def _check_apart(rows: pa.Table, *, made: bool, same_people: bool) -> dict[str, list[str]]:
    """Refuse a subject and a content in two splits; a null subject is nobody. A split that was made here has people and copies apart.

    Returns:
        The people in several splits that were allowed.
    """
    people = leakage.in_several_splits(rows, "subject")
    if people and not same_people:
        raise ConfigError(
            f"subjects: expected each in one split, found in several:\n{leakage.named(people)}\n"
            f"  Correct the clips table's split column, or allow it with {leakage.WAIVER}: figures then say less about people never seen."
        )
    if not made:
        check_contents_apart(rows.to_pylist())
    return people


def check_contents_apart(records: Sequence[Mapping[str, Any]]) -> None:
    """Refuse one content in two splits; a row without a split is in none.

    Args:
        records: rows of `IDENTITY_COLUMNS`.

    Raises:
        ConfigError: names the clips.
    """
    _refuse_torn([row for row in records if row["split"] is not None], "split", content_of)


def check_copies_apart(records: Sequence[Mapping[str, Any]]) -> None:
    """Refuse copies under two people's names: where a person is left out, the other's copy trains.

    Args:
        records: rows of `IDENTITY_COLUMNS`.

    Raises:
        ConfigError: names the clips.
    """
    _refuse_torn(records, "subject", copy_key)


def _refuse_torn(records: Sequence[Mapping[str, Any]], by: str, key: Callable[[Mapping[str, Any]], Hashable]) -> None:
    parts: dict[Hashable, dict[str, str]] = {}
    for row in records:
        parts.setdefault(key(row), {}).setdefault(row[by] or "nobody", row["clip_id"])
    torn = [found for found in parts.values() if len(found) > 1]
    if torn:
        lines = [f"    {', '.join(f'{clip} ({part})' for part, clip in sorted(found.items()))}" for found in torn[:_SHOWN]]
        more = [f"    and {len(torn) - _SHOWN:,} more"] if len(torn) > _SHOWN else []
        raise ConfigError(
            "\n".join([f"content: expected each file's bytes in one {by}, found the same in several:", *lines, *more])
            + f"\n  Correct the clips table's {by} column, or keep the first of equal clips with --drop-copies."
        )
