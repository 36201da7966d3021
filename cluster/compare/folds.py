"""Which clips a comparison is made on, and in which folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.appearance.seen import SeenClips
from avemo_core.bundle.measured import CHOSE_EPOCH, CROSS_VALIDATION, PERHAPS_SEEN, SEEN, Measured
from avemo_core.corpora import leakage
from avemo_core.corpora.published_folds import PUBLISHED, FoldList, read_fold_list
from avemo_core.errors import ConfigError
from avemo_core.evaluation.folds import PARTS, Fold, balanced_groups, leave_out
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.parts import PAPER
from avemo_core.features.preprocess.config import Modalities
from avemo_core.features.preprocess.modalities import as_read_by, is_read_by
from avemo_core.training.copies import copy_key, groups_of, without_copies
from avemo_core.training.ensemble import labels_of
from avemo_core.training.learnable import learnable_modalities
from avemo_core.training.splits import SplitOptions, check_copies_apart, labelled, split_of
from cluster.ray.session import resolve
from cluster.storage.location import open_folder


@dataclass(frozen=True, kw_only=True, eq=False)
class PartedClips:
    """The clips of a comparison."""

    clips: list[ClipFeatures]
    """By clip_id."""
    folds: list[Fold]
    """Indices into the clips."""
    groups: list[str]
    """Of each clip: what intervals draw first."""
    seen: list[bool] | None
    """Of each clip: whether the selection of appearance values has seen it, or another of its group; None: nobody knows."""
    said: dict[str, Any] = field(default_factory=dict)
    """What the user allowed or left out."""

    def roles(self, *, selected_before: bool) -> dict[str, str]:
        """What the clips of each part were to the models, in the words of cards; in several folds everybody is held out in turn.

        Args:
            selected_before: whether they read appearance values that were selected before the folds were made.
        """
        tested = CROSS_VALIDATION if len(self.folds) > 1 else "test"
        val, test = (self._reservation(part) if selected_before else "" for part in ("val", "test"))
        words = {
            "train": Measured(clips_of="train", figures={}).role,
            "val": CHOSE_EPOCH + (f", but {val}" if val and val != PERHAPS_SEEN else ""),  # and no temperature, which is not fitted here
            "test": Measured(clips_of=tested, reservation=test, figures={}).role,
        }
        return {part: words[part] for part in PARTS if any(part in fold.parts for fold in self.folds)}

    def _reservation(self, part: str) -> str:
        """That the selection has seen clips of a part, and how many of them, where it did not see all."""
        if self.seen is None:
            return PERHAPS_SEEN
        clips = {int(clip) for fold in self.folds for clip in fold.parts.get(part, ())}
        count = sum(self.seen[clip] for clip in clips)
        return "" if not count else SEEN if count == len(clips) else f"{count:,} of {len(clips):,} {SEEN}"


def check_folds(folds: str) -> None:
    """Refuse a number of folds that holds nobody out.

    Raises:
        ConfigError: it is below 2.
    """
    if folds.isdecimal() and int(folds) < 2:
        raise ConfigError(f"--folds {folds}: expected split, subject, a number from 2, {', '.join(PUBLISHED)} or a csv")


def parted(
    known: pa.Table, clips: Sequence[ClipFeatures], folds: str, options: SplitOptions, seen: SeenClips | None, *, with_val: bool
) -> PartedClips:
    """The labelled clips by clip_id, those with NaN or infinity left out as in training, and their folds.

    Args:
        known: `IDENTITY_COLUMNS` of the features.
        clips: of the features.
        folds: split, subject, a number, a name in `PUBLISHED`, or where a csv lies.
        options: what the user allows or leaves out.
        seen: the clips that the selection of appearance values has learned from; None: nobody knows.
        with_val: whether an epoch is chosen on val clips.

    Raises:
        ConfigError: there are too few people, folds tear a person or copies apart, or the csv is not one of folds.
    """
    finite = {clip.clip_id: clip for clip in clips if clip.label is not None and clip.is_finite}
    known = known.filter(pc.is_in(known.column("clip_id"), value_set=pa.array(list(finite), pa.string())))
    if folds == "split":
        split = split_of(known, options, seen)
        assigned = split.assign(list(finite.values()))
        groups = [split.groups[clip.clip_id] for clip in assigned]
        is_seen = None if split.seen is None else [clip.clip_id in split.seen for clip in assigned]
        return PartedClips(clips=assigned, folds=_one_fold(assigned, with_val=with_val), groups=groups, seen=is_seen, said=split.said())
    rows, copies = _whole_subjects(known, options) if folds == "subject" else _without_dropped(known, options)
    kept = [finite[row["clip_id"]] for row in rows]
    said: dict[str, Any] = {"copies_left_out": copies} if copies else {}
    groups = groups_of(rows)
    if folds == "subject":
        made = leave_out([clip.subject for clip in kept], with_val=with_val, groups=groups)
        if len(made) < 2:
            raise ConfigError(f"--folds subject needs labelled clips of at least two subjects, found {len(made)}")
    elif folds.isdecimal():
        made = leave_out(balanced_groups(labels_of(kept), groups, int(folds)), with_val=with_val)
    else:
        listed = _fold_list(folds)
        names = listed.assign(rows)
        said |= _check_apart(rows, names, groups, options, listed.location)
        if unmatched := listed.unmatched(rows):
            said["folds_of_no_clip"] = unmatched
        made = leave_out(names, with_val=with_val)
    return PartedClips(clips=kept, folds=made, groups=groups, seen=_seen(rows, groups, seen), said=said)


def readable(
    known: pa.Table,
    clips: Sequence[ClipFeatures],
    part: Callable[[Sequence[ClipFeatures]], PartedClips],
    inputs: Sequence[Sequence[str]] = (PAPER,),
) -> tuple[PartedClips, list[Modalities]]:
    """The clips of which the models read anything, parted; and which modalities that are, by inputs. `train` does likewise.

    Where several inputs are compared, the clips are those that the models of each of them read: differences are of the same clips.

    Args:
        known: clip_id and `COVERAGES` of the features.
        clips: of the features.
        part: `parted` of some of the clips.
        inputs: the parts that the models read, once or for each that are compared.

    Raises:
        ConfigError: as `part`; or no clip has a face or sound that is read.
    """
    found = part(clips)
    modalities = [learnable_modalities(known, [clip.clip_id for clip in found.clips], parts) for parts in inputs]

    def is_read(clip: ClipFeatures) -> bool:
        return all(is_read_by(clip, of, parts) for of, parts in zip(modalities, inputs, strict=True))

    if unread := sum(not is_read(clip) for clip in found.clips):
        found = part([clip for clip in clips if is_read(clip)])
        found = replace(found, said=found.said | {"clips_not_read": unread})
    if len(inputs) > 1:
        return found, modalities
    return replace(found, clips=[as_read_by(clip, modalities[0], inputs[0]) for clip in found.clips]), modalities


def _seen(rows: Sequence[Mapping[str, Any]], groups: Sequence[str], seen: SeenClips | None) -> list[bool] | None:
    if seen is None:
        return None
    seen_groups = {group for row, group in zip(rows, groups, strict=True) if seen.has(row["source_id"], row.get("content_sha256"))}
    return [group in seen_groups for group in groups]


def _fold_list(folds: str) -> FoldList:
    if folds in PUBLISHED:
        return PUBLISHED[folds]
    location = resolve(folds)
    folder, _, name = location.rpartition("/")
    content = open_folder(folder or "/").read(name)
    if content is None:
        raise ConfigError(f"--folds {folds}: expected split, subject, a number, {', '.join(PUBLISHED)} or a csv; no such file")
    return read_fold_list(content.decode("utf-8-sig"), folds)


def _check_apart(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], groups: Sequence[str], options: SplitOptions, location: str
) -> dict[str, Any]:
    """Refuse folds that tear people or copies apart; people may be allowed in several, copies never.

    Returns:
        The people who were allowed in several folds.
    """
    copies = _torn([row["clip_id"] for row in rows], [copy_key(row) for row in rows], names)
    people = _torn([row["subject"] or row["source_id"] for row in rows], groups, names)
    torn = copies or ({} if options.same_people_in_splits else people)
    if torn:
        remedy = "keep the first of equal clips with --drop-copies" if copies else f"allow it with {leakage.WAIVER}"
        raise ConfigError(
            f"--folds {location}: expected each {'content' if copies else 'person (or file of nobody)'} in one fold, found in several:\n"
            f"{leakage.named(torn)}\n  Correct the folds, or {remedy}."
        )
    return {"people_in_several_folds": people} if people else {}


def _torn(shown: Sequence[str], keys: Sequence[Any], names: Sequence[str]) -> dict[str, list[str]]:
    """What is in several folds, with them, by the first of its names."""
    found: dict[Any, set[str]] = {}
    first: dict[Any, str] = {}
    for name, key, fold in zip(shown, keys, names, strict=True):
        first.setdefault(key, name)
        found.setdefault(key, set()).add(fold)
    return {first[key]: sorted(folds) for key, folds in found.items() if len(folds) > 1}


def _without_dropped(known: pa.Table, options: SplitOptions) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows that stay, and ids of copies that are dropped; copies that are not stay together, as groups do."""
    rows = labelled(known).to_pylist()
    if not options.drop_copies:
        return rows, []
    stay, copies = without_copies(rows)
    return [rows[index] for index in stay], copies


def _whole_subjects(known: pa.Table, options: SplitOptions) -> tuple[list[dict[str, Any]], list[str]]:
    """As `_without_dropped`; where copies are not dropped, no two people have the same."""
    rows, copies = _without_dropped(known, options)
    check_copies_apart(rows)
    return rows, copies


def _one_fold(assigned: Sequence[ClipFeatures], *, with_val: bool) -> list[Fold]:
    """The fold of the clips' splits; where no epoch is chosen, the val clips train, as in `train`."""
    indices = {name: np.flatnonzero([clip.split == name for clip in assigned]) for name in ("train", "val", "test")}
    if not with_val:
        indices = {"train": np.union1d(indices["train"], indices["val"]), "test": indices["test"]}
    return [Fold("split", {name: members for name, members in indices.items() if len(members)})]
