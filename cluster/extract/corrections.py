"""Corrections of a features table: before anything is extracted, its rows are made to say what the clips table says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.corrections.files import SIZE, FileStates, changed_files, file_states, kept
from avemo_core.corrections.truth import Truth, of_clips
from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public
from cluster.progress import say
from cluster.tables.corrections.apply import apply
from cluster.tables.corrections.note import read_note
from cluster.tables.corrections.plan import Plan, plan
from cluster.tables.table import Table

SMALL_CLIPS: Final = 100
"""A table of so many clips may change as it likes: it is soon made again."""


def planned(clips: pa.Table, out: str, *, is_whole: bool) -> tuple[Plan, Truth]:
    """What the rows of a features table have to say and do not; only reads, and says which files it had to look into.

    Args:
        clips: in schemas.clips.CLIPS.
        out: the features table.
        is_whole: whether these are all clips that the table may have: what is not among them leaves.
    """
    note, found = read_note(out), file_states(clips.column("path"))
    truth = of_clips(clips, is_whole=is_whole, files=found.table)
    resized, touched = changed_files(truth.note, note)
    _say_of_files(found, replace(truth, files=kept(truth.note, note)), len(touched))
    some = clips.filter(pc.is_in(clips.column("clip_id"), value_set=touched))
    paths = dict(zip(some.column("clip_id").to_pylist(), some.column("path").to_pylist(), strict=True))
    corrections = plan(out, truth, replaced=frozenset(resized.to_pylist()), touched=paths)
    if corrections.unread:
        names = f"{len(corrections.unread):,} of these cannot be read, such as that of {min(corrections.unread)}"
        say(f"files: {names}; whether their contents changed is not known, rows stay, and the next run looks again")
    return corrections, replace(truth, files=kept(truth.note, note, corrections.unread))


def _say_of_files(found: FileStates, truth: Truth, touched: int) -> None:
    if touched:
        say(f"files: {touched:,} with another time of change; they are read, to see whether their content changed")
    # Those that were never there get a reject each.
    was_there = pc.and_(found.is_gone, pc.is_valid(truth.note.column(SIZE)))
    if gone := truth.rows.column("source_id").filter(was_there).to_pylist():
        say(f"files: {len(gone):,} not there any more, such as that of {gone[0]}; rows made of them stay")
    for folder, why in list(found.silent.items())[:1]:
        places = f"{folder} and {len(found.silent) - 1:,} more folders" if len(found.silent) > 1 else folder
        say(f"files: {places} cannot be listed ({public(why)}); whether contents changed is not known, rows stay")


def correct(table: Table, clips: pa.Table, out: str, *, is_whole: bool, accepted: bool) -> None:
    """Bring the rows up to date, and say how many of what; rows that are to be made again leave, so that they are undone work.

    Args:
        table: open for writing.
        clips: in schemas.clips.CLIPS.
        out: the table's location.
        is_whole: as for `planned`.
        accepted: whether more than half of a large table may go.

    Raises:
        ConfigError: so much would go that it is more likely the clips table of another corpus, or one that has moved.
        TableError: the storage refused, or a part is damaged.
    """
    corrections, truth = planned(clips, out, is_whole=is_whole)
    check_share(corrections, out, corrections.dropped_with_rows, accepted=accepted)
    if line := corrections.line():
        say(f"corrected: {line}")
    apply(corrections, table, out, truth)


def check_share(corrections: Plan, out: str, going: int, *, accepted: bool) -> None:
    """Refuse to drop most of a large table, unless the user has said so.

    Args:
        corrections: of the table.
        out: its location.
        going: how many of its clips would go.
        accepted: whether the user has said so.

    Raises:
        ConfigError: more than half of the clips of a table of more than a hundred would go.
    """
    if accepted or corrections.sources <= SMALL_CLIPS or 2 * going <= corrections.sources:
        return
    raise ConfigError(
        f"{public(out)}: the rows of {going:,} of its {corrections.sources:,} clips would go, as the clips say now "
        f"({corrections.line()}); {_examples(corrections.removed or corrections.again)}\n"
        "  Is this the clips table of these clips, and are the files where they were? Then --accept-corrections goes on; "
        "for other clips name another --out."
    )


def _examples(names: Collection[str]) -> str:
    return "among them " + ", ".join(sorted(names)[:3])
