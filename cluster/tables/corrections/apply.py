"""Do what a plan says, under the table's lock; resume then finds what is to be done again as undone work.

    a part     a  b  c        b: another path     c: removed     a: another label
    new rows   a'             one file, moved onto the part's own name: a reader sees a b c, or a' and never two of one clip
    this run      b'          in a part of its own, published later

    killed                         leaves                          the next run
    before or between the parts    some parts as they were         finds those rows again, and the note as it was
    after the parts, before note   rows that are all right         finds nothing to correct, and notes it
    after the note                 clips without rows              does them: they are undone work

A part keeps its name, though it is made from the ids that the part once had. No other part can want it: the name belongs to all of
those ids together, and while one of them still has rows there, they are never all undone at once.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.corrections.truth import SCALARS, Truth
from cluster.storage.folder import Entry
from cluster.storage.location import open_folder
from cluster.tables.corrections.note import write_note
from cluster.tables.corrections.plan import Plan
from cluster.tables.parts import read_part, row_groups_of
from cluster.tables.table import Table


def apply(plan: Plan, table: Table, location: str, truth: Truth) -> None:
    """Correct a table: rewrite the parts that have a row to correct, and drop rejects that do not stand any more.

    Args:
        plan: made under the lock of this table.
        table: open for writing.
        location: of it.
        truth: by which the plan was made.

    Raises:
        TableLocked: the lock is no longer ours.
        TableError: the storage refused, or a part is damaged.
    """
    for entry, wrong in plan.parts.items():
        _correct(table, location, entry, wrong, plan.dropped)
    if rejects := plan.removed | plan.again_rejects:
        table.drop_rejects(rejects)
    write_note(table, truth, plan.note)


def _correct(table: Table, location: str, entry: Entry, wrong: pa.Table, dropped: AbstractSet[str]) -> None:
    folder = open_folder(location)
    sources = pc.unique(read_part(folder, entry, ["source_id"]).column("source_id")).to_pylist()
    if all(source in dropped for source in sources):
        table.replace(entry.name, None)
    elif len(sources) > 1:
        table.replace(entry.name, table.staging.write(_corrected(read_part(folder, entry), wrong, dropped)))
    else:  # a part of a single source may be larger than memory, and its rows stand in their order of time
        groups = (_corrected(rows, wrong, dropped) for rows in row_groups_of(folder, entry))
        table.replace(entry.name, table.staging.write_stream(sources[0], groups))


def _corrected(rows: pa.Table, wrong: pa.Table, dropped: AbstractSet[str]) -> pa.Table:
    """Rows of a part without those to drop, and with what the others have to say."""
    names = rows.column("source_id")
    rows = rows.filter(pa.array([name not in dropped for name in names.to_pylist()], pa.bool_()))
    place = pc.index_in(rows.column("clip_id"), value_set=wrong.column("clip_id"))
    for name in SCALARS:
        index = rows.schema.get_field_index(name)
        value = pc.if_else(pc.is_valid(place), wrong.column(f"new_{name}").take(place), rows.column(name))
        rows = rows.set_column(index, rows.schema.field(index), value)
    return rows
