"""What was understood of a clips table or a folder, in lines: what a user sees at every start, before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.runtime.public import public
from schemas.clips import SPLITS
from schemas.emotions import EMOTIONS

_SHOWN: Final = 3
"""How many files that a rule leaves out are named."""


@dataclass(frozen=True, kw_only=True)
class Clips:
    """Clips as they were understood."""

    table: pa.Table
    """In schemas.clips.CLIPS."""
    location: str
    layout: str
    """The corpus's, or what kind of table it is."""
    notes: tuple[str, ...] = ()
    """What else is to be said: columns taken by another name, columns that are not read, labels mapped."""
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Rule -> files or clips that it left out."""
    read_by: Mapping[str, object] = field(default_factory=dict)
    """What the user asked for beyond the defaults."""

    def lines(self) -> list[str]:
        """As a user reads it."""
        return [
            f"clips: {self.table.num_rows:,} in {public(self.location)} ({self.layout})",
            *(f"  {line}" for line in (self._labels(), self._subjects(), self._splits(), *self._ranges())),
            *(f"  left out, {rule}: {_named(names)}" for rule, names in self.left_out.items()),
            *(f"  {note}" for note in self.notes),
        ]

    def about(self) -> dict[str, Any]:
        """For the run record: what was read, and how it was asked for."""
        return {
            "location": public(self.location),
            "layout": self.layout,
            "left_out": {rule: len(names) for rule, names in self.left_out.items()},
            **self.read_by,
        }

    def _labels(self) -> str:
        counts = _counts(self.table, "label")
        without = self.table.column("label").null_count
        named = ", ".join(f"{emotion} {counts[emotion]:,}" for emotion in EMOTIONS if emotion in counts)
        return f"labels: {named or 'none'}" + (f"; {without:,} clips without" if named and without else "")

    def _subjects(self) -> str:
        column = self.table.column("subject")
        people = pc.count_distinct(column).as_py()
        return f"subjects: {people or 'none'}" + (f"; {column.null_count:,} clips without" if people and column.null_count else "")

    def _splits(self) -> str:
        counts, without = _counts(self.table, "split"), self.table.column("split").null_count
        named = ", ".join(f"{split} {counts[split]:,}" for split in SPLITS if split in counts)
        return f"splits: {named or 'none'}" + (f"; {without:,} clips without" if named and without else "")

    def _ranges(self) -> list[str]:
        ranged = pc.or_(pc.is_valid(self.table.column("start_s")), pc.is_valid(self.table.column("stop_s")))
        clips, regions = pc.sum(ranged).as_py() or 0, self.table.num_rows - self.table.column("region").null_count
        files = pc.count_distinct(self.table.column("path")).as_py()
        lines = [f"ranges: {clips:,} clips are parts of their files; {files:,} files"] if clips else ["ranges: none, whole files"]
        return lines + ([f"regions: {regions:,} clips are a part of the picture"] if regions else [])


def _counts(table: pa.Table, name: str) -> dict[str, int]:
    return {row["values"]: row["counts"] for row in table.column(name).value_counts().to_pylist() if row["values"] is not None}


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(public(name) for name in names[:_SHOWN])
    return f"{len(names):,} ({shown}{', ...' if len(names) > _SHOWN else ''})"
