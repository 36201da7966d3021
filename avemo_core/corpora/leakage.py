"""One file or one person in two splits: what is measured on the one was learned from the other."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public

WAIVER: Final = "--same-people-in-splits"

_SHOWN: Final = 10
"""How many people or files a message names."""


def in_several_splits(table: pa.Table, name: str) -> dict[str, list[str]]:
    """The values of a column that stand in rows of more than one split, sorted, each with its splits; null is in none.

    Args:
        table: any with a column `split`.
        name: of the column.
    """
    known = table.filter(pc.and_(pc.is_valid(table.column("split")), pc.is_valid(table.column(name)))).select([name, "split"])
    pairs = known.group_by([name, "split"]).aggregate([])
    found: dict[str, list[str]] = {}
    for row in pairs.filter(pc.is_in(pairs.column(name), value_set=_repeated(pairs.column(name)))).to_pylist():
        found.setdefault(row[name], []).append(row["split"])
    return {value: sorted(splits) for value, splits in sorted(found.items())}


def _repeated(column: pa.ChunkedArray) -> pa.Array:
    counts = pc.value_counts(column)
    return counts.field("values").filter(pc.greater(counts.field("counts"), 1))


def check_apart(clips: pa.Table, location: str, *, same_people: bool) -> dict[str, list[str]]:
    """Refuse a clips table in which one file or one person is in two splits.

    Args:
        clips: in schemas.clips.CLIPS.
        location: for messages.
        same_people: people may be in several splits.

    Returns:
        The people in several splits that were allowed.

    Raises:
        ConfigError: names the files or people and their splits.
    """
    if files := in_several_splits(_with_plain_paths(clips), "path"):
        raise ConfigError(f"{public(location)}: one file in several splits:\n{named(files)}\n  Correct the split column.")
    people = in_several_splits(clips, "subject")
    if people and not same_people:
        raise ConfigError(
            f"{public(location)}: one person in several splits:\n{named(people)}\n"
            f"  Correct the split or subject column, or allow it with {WAIVER}: figures then say less about people never seen."
        )
    return people


def _with_plain_paths(clips: pa.Table) -> pa.Table:
    """With each file of this machine under one spelling: a.mp4, ./a.mp4, x/../a.mp4 and file:///a.mp4 are one file."""
    paths = clips.column("path")
    odd = pc.match_substring_regex(paths, r"^file:|^/(?:.*/)?\.{0,2}/")
    if not pc.any(odd).as_py():
        return clips
    plain = [os.path.normpath(path.removeprefix("file://")) for path in paths.filter(odd).to_pylist()]
    spelt = pc.replace_with_mask(paths.combine_chunks(), odd.combine_chunks(), pa.array(plain, paths.type))
    return clips.set_column(clips.column_names.index("path"), "path", spelt)


def named(torn: Mapping[str, Sequence[Any]]) -> str:
    """Lines of names and where each is found, the first ten."""
    lines = [f"    {public(name)}: {', '.join(map(str, where))}" for name, where in list(torn.items())[:_SHOWN]]
    return "\n".join(lines + ([f"    and {len(torn) - _SHOWN:,} more"] if len(torn) > _SHOWN else []))
