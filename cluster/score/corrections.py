"""Corrections of predictions: they say what the features say, and those made of what has changed since are made anew.

What is measured of a person (cluster.score.subjects) is of that person's clips. Where a clip was taken from one person and given to
another, or its file changed, or it was removed, these persons are measured again, and all of their predictions are made anew:

    clip        1    2    3    4         the table says now that clip 3 is of B
    subject     A    A    A->B B
    again       1    2    3    4         by A measured on 1, 2 and B measured on 3, 4

    killed                                   the next run
    after `remeasured.json` is written       knows the persons from it, whatever rows have left already
    after subjects.parquet is without them   as above; they are measured from the features as they are then
    among the rows                           as above
    after the rows, before it is deleted     as above, and finds that no row of theirs is left, or makes those few anew
"""

from __future__ import annotations

import json
import logging
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.corrections.truth import FEATURES_COLUMNS, Truth, of_features, people_of_changes
from avemo_core.errors import DamagedPart
from cluster.extract.corrections import check_share
from cluster.progress import say
from cluster.score.subjects import forget, is_measured
from cluster.storage.location import open_folder
from cluster.tables.corrections.apply import apply
from cluster.tables.corrections.note import read_note
from cluster.tables.corrections.plan import Plan, plan
from cluster.tables.parts import part_entries, read_part, stored_schema
from cluster.tables.paths import shards, sibling
from cluster.tables.rejects import RejectList
from cluster.tables.table import Table

REASON: Final = "as their features, or the clips of their person, changed"

_REMEASURED: Final = "remeasured.json"

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """What has to change in predictions."""

    plan: Plan
    truth: Truth
    subjects: AbstractSet[str]
    """Whom to measure again."""

    def line(self) -> str | None:
        """As a user reads it; None where nothing is to be corrected."""
        return self.plan.line(REASON)


def planned(features: str, out: str, *, by_subject: bool) -> Corrections:
    """What predictions have to say and do not, and which are to be made anew; only reads.

    Args:
        features: the features table.
        out: the predictions, which need not exist.
        by_subject: whether the model normalises by subject.
    """
    truth, standing = _truth(features), RejectList(features).source_ids()
    found = plan(out, truth, standing=standing)
    if not by_subject or not is_measured(out):
        return Corrections(plan=found, truth=truth, subjects=frozenset())
    of_note = frozenset() if found.note is None else people_of_changes(truth, found.note)
    subjects = found.subjects | of_note | _left_to_measure(out)
    if not subjects:
        return Corrections(plan=found, truth=truth, subjects=subjects)
    theirs = truth.rows.filter(pc.is_in(truth.rows.column("subject"), value_set=pa.array(sorted(subjects), pa.string())))
    again = found.corrected["subject"] | set(theirs.column("source_id").to_pylist())
    return Corrections(plan=plan(out, truth, standing=standing, again=again), truth=truth, subjects=subjects)


def correct(table: Table, features: str, out: str, *, by_subject: bool, accepted: bool) -> Corrections:
    """Bring the predictions up to date, and say how many of what; those to be made anew leave, so that they are undone work.

    Args:
        table: the predictions, open for writing.
        features: the features table.
        out: where the predictions are.
        by_subject: whether the model normalises by subject.
        accepted: whether most of a large table may leave.

    Raises:
        ConfigError: so much would leave that these are more likely other features.
        TableError: the storage refused, or a part of the predictions is damaged.
    """
    corrections = planned(features, out, by_subject=by_subject)
    found = corrections.plan
    check_share(found, out, found.removed_with_rows, accepted=accepted)
    if line := corrections.line():
        say(f"score: corrected: {line}")
    if corrections.subjects:
        table.keep(_REMEASURED, json.dumps(sorted(corrections.subjects)).encode())
        forget(table, out, corrections.subjects)
    apply(found, table, out, corrections.truth)
    if corrections.subjects:
        table.keep(_REMEASURED, None)
    return corrections


def _truth(features: str) -> Truth:
    """What the features say; of a damaged part nothing is known, and nothing that it had leaves."""
    folder = open_folder(features)
    columns = [name for name in stored_schema(features).names if name in FEATURES_COLUMNS]
    rows, damaged = [], []
    for entry in part_entries(folder):
        try:
            rows.append(read_part(folder, entry, columns))
        except DamagedPart as error:
            damaged.append(str(error))
    if damaged:
        _LOG.warning("predictions of a damaged part of the features stay as they are: %s", damaged[0])
    schema = stored_schema(features)
    empty = pa.table({name: pa.array([], schema.field(name).type) for name in columns})
    found = pa.concat_tables([empty, *rows], promote_options="default").combine_chunks()
    return of_features(_with_regions(features, found), is_whole=not damaged)


def _with_regions(features: str, rows: pa.Table) -> pa.Table:
    """Each row with the region it was made of: of another person in the same picture all other scalars may be the same."""
    notes = [note for name in ("", *shards(features)) if (note := read_note(f"{features.rstrip('/')}/{name}".rstrip("/"))) is not None]
    if not notes:
        return rows
    note = pa.concat_tables([note.select(["source_id", "region"]) for note in notes]).combine_chunks()
    place = pc.index_in(rows.column("source_id"), value_set=note.column("source_id"))
    return rows.append_column("region", note.column("region").take(place))


def _left_to_measure(out: str) -> frozenset[str]:
    """Persons whom a run that was killed was about to measure again."""
    content = open_folder(sibling(out)).read(_REMEASURED)
    return frozenset() if content is None else frozenset(json.loads(content))
