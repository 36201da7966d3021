"""What has to change in a table for its rows to say what is true: found by their short columns alone; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.corrections.truth import SCALARS, Truth, against, differ, made_otherwise
from cluster.storage.folder import Entry
from cluster.storage.location import open_folder
from cluster.tables.corrections.contents import of_another_content
from cluster.tables.corrections.note import read_note
from cluster.tables.parts import part_entries, read_some
from cluster.tables.rejects import read_rejects

_ROWS_AT_ONCE: Final = 2**17
"""Compared together: a look-up table of all clips is made for each lot."""

_COLUMNS: Final = ("clip_id", "source_id", "uri", *SCALARS)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Corrections of one table; counts are clips."""

    again: AbstractSet[str] = frozenset()
    """Sources with rows that were made of another file, content, range or region than is asked for now."""
    removed: AbstractSet[str] = frozenset()
    """Sources with rows or a reject that are clips no more."""
    again_rejects: AbstractSet[str] = frozenset()
    """Rejected sources to try again, as their file, range or region changed."""
    corrected: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    """label, split, subject -> sources whose rows say another one."""
    subjects: AbstractSet[str] = frozenset()
    """Whose clips are others now: one was given to them or taken from them, made anew or removed."""
    parts: Mapping[Entry, pa.Table] = field(default_factory=dict)
    """Parts with a row to correct or to drop -> those rows, as avemo_core.corrections.truth.against gives them."""
    note: pa.Table | None = None
    """What the table's rows were made of."""
    unread: AbstractSet[str] = frozenset()
    """Sources whose files may have another content, and cannot be read."""
    sources: int = 0
    """How many sources the table has rows of."""
    dropped_with_rows: int = 0
    """How many of them leave."""
    removed_with_rows: int = 0
    """How many of them are clips no more."""

    @property
    def dropped(self) -> AbstractSet[str]:
        """Sources whose rows leave."""
        return self.again | self.removed

    def line(self, reason: str = "as their path, range or content changed") -> str | None:
        """As a user reads it; None where nothing is to be corrected.

        Args:
            reason: why clips are done again.
        """
        staying = {name: len(sources - self.dropped) for name, sources in self.corrected.items()}
        told = [f"{count:,} {name}{'s' * (count != 1)}" for name, count in staying.items() if count]
        told = [", ".join(told)] if told else []
        again = [f"{_clips(len(self.again))} again"] if self.again else []
        if self.again_rejects:
            again.append(f"{len(self.again_rejects):,} rejected before tried again")
        if again:
            told.append(f"{' and '.join(again)}, {reason}")
        if self.removed:
            told.append(f"{len(self.removed):,} removed")
        return "; ".join(told) or None


def plan(
    location: str,
    truth: Truth,
    *,
    standing: AbstractSet[str] = frozenset(),
    again: AbstractSet[str] = frozenset(),
    replaced: AbstractSet[str] = frozenset(),
    touched: Mapping[str, str] | None = None,
) -> Plan:
    """Compare a table with what is true of it; only reads.

    Args:
        location: of the table; one that does not exist, or has no rows, needs no correction.
        truth: what is true.
        standing: rejected sources that the truth does not have, and that stay rejected all the same.
        again: sources whose rows are to be made anew for another reason.
        replaced: sources whose files have another content now: their rows are made anew, and their rejects tried again.
        touched: sources whose files may have another content -> path: they are read, to see.

    Raises:
        TableError: a part cannot be read, or the rows lack a column.
    """
    note, touched = read_note(location), touched or {}
    changed = pa.array(sorted(replaced), pa.string())
    if note is not None:
        changed = pa.concat_arrays([changed, made_otherwise(truth, note)])
    found, waiting, names = _Found(), [], pa.array(list(touched), pa.string())
    for lot in _lots(location):
        in_doubt = [len(names) > 0 and pc.any(pc.is_in(rows.column("source_id"), value_set=names)).as_py() for _, rows in lot]
        waiting += [part for part, doubt in zip(lot, in_doubt, strict=True) if doubt]
        found.compare([part for part, doubt in zip(lot, in_doubt, strict=True) if not doubt], truth, changed, again)
    unread: AbstractSet[str] = frozenset()
    if touched:
        others, unread = of_another_content(location, [entry for entry, _ in waiting], touched)
        changed = pa.concat_arrays([changed, pa.array(sorted(others), pa.string())])
        found.compare(waiting, truth, changed, again)
    retried, gone = _rejects(location, truth, changed, note)
    removed_rejects = (gone - standing) if truth.is_whole else set()
    return Plan(
        again=found.again,
        removed=found.removed | removed_rejects,
        again_rejects=retried - found.again - found.removed,
        corrected=found.corrected,
        subjects=found.subjects,
        parts=found.parts,
        note=note,
        unread=unread,
        sources=found.sources,
        dropped_with_rows=len(found.again | found.removed),
        removed_with_rows=len(found.removed),
    )


class _Found:
    """What was found so far."""

    def __init__(self) -> None:
        self.sources = 0
        self.again: set[str] = set()
        self.removed: set[str] = set()
        self.corrected: dict[str, set[str]] = {name: set() for name in SCALARS}
        self.subjects: set[str] = set()
        self.parts: dict[Entry, pa.Table] = {}

    def compare(self, lot: Sequence[tuple[Entry, pa.Table]], truth: Truth, changed: pa.Array, again: AbstractSet[str]) -> None:
        """Add what is to be corrected in some parts, of which the short columns are given."""
        if not lot:
            return
        outdated = pa.concat_arrays([changed, pa.array(sorted(again), pa.string())])
        rows = pa.concat_tables([rows for _, rows in lot])
        self.sources += pc.count_distinct(rows.column("source_id")).as_py()
        for entry, wrong in _by_part(lot, against(truth, rows, outdated)):
            self.add(entry, wrong)

    def add(self, entry: Entry, wrong: pa.Table) -> None:
        self.parts[entry] = wrong
        self.again |= _those(wrong, "is_outdated")
        self.removed |= _those(wrong, "is_gone")
        for name in SCALARS:
            self.corrected[name] |= _those(wrong, f"{name}_differs")
        touched = pc.or_(pc.or_(wrong.column("is_outdated"), wrong.column("is_gone")), wrong.column("subject_differs"))
        for name in ("subject", "new_subject"):
            self.subjects |= set(wrong.column(name).filter(touched).to_pylist()) - {None}


def _those(rows: pa.Table, flag: str) -> set[str]:
    return set(rows.column("source_id").filter(rows.column(flag)).to_pylist())


def _lots(location: str) -> Iterator[list[tuple[Entry, pa.Table]]]:
    """The short columns of the parts, of many parts together."""
    folder = open_folder(location)
    lot, count = [], 0
    for entry, rows in read_some(folder, part_entries(folder), _COLUMNS):
        lot.append((entry, rows))
        count += rows.num_rows
        if count >= _ROWS_AT_ONCE:
            yield lot
            lot, count = [], 0
    if lot:
        yield lot


def _by_part(lot: Sequence[tuple[Entry, pa.Table]], wrong: pa.Table) -> Iterator[tuple[Entry, pa.Table]]:
    """Each part of a lot that has a row which is not as it should be, with those rows."""
    ends = np.cumsum([rows.num_rows for _, rows in lot])
    places = np.searchsorted(ends, wrong.column("row").to_numpy(), side="right")
    for place in np.unique(places):
        yield lot[place][0], wrong.filter(pa.array(places == place))


def _rejects(location: str, truth: Truth, changed: pa.Array, note: pa.Table | None) -> tuple[set[str], set[str]]:
    """The rejected sources that are to be tried again, and those that the truth does not have."""
    rejects = read_rejects(location)
    names = rejects.column("source_id")
    place = pc.index_in(names, value_set=truth.rows.column("source_id"))
    is_known = pc.is_valid(place)
    is_other = pc.is_in(names, value_set=changed)
    if truth.key == "source_id":
        is_other = pc.or_(is_other, differ(rejects.column("uri"), truth.rows.column("uri").take(place)))
    elif note is not None:  # made of rows: of a source rejected for want of them there are some now
        is_other = pc.or_(is_other, pc.invert(pc.is_in(names, value_set=note.column("source_id"))))
    again = names.filter(pc.and_(is_known, is_other)).to_pylist()
    return set(again), set(names.filter(pc.invert(is_known)).to_pylist())


def _clips(count: int) -> str:
    return f"{count:,} clip{'s' * (count != 1)}"
