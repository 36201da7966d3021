"""What a row's clip_id says beyond its source_id: `#start_ms-stop_ms` of a segment, `#k` of a face, the main one 0."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_RANGE: Final = r"#-?\d+--?\d+"
_REST: Final = re.compile(rf"(?P<range>{_RANGE})?(?:#(?P<face>\d+))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class RowPart:
    """Which part of its source a row is."""

    is_segment: bool = False
    """Whether it is one of several ranges that `--segment` cut out of its clip."""
    face: int | None = None
    """Number of the face within the clip or segment, the main one 0; None where a row is no single face's."""


def row_part(clip_id: str, source_id: str) -> RowPart:
    """Read a row's ids."""
    found = _REST.fullmatch(clip_id.removeprefix(source_id)) if clip_id.startswith(source_id) else None
    if found is None:
        return RowPart()
    return RowPart(is_segment=found["range"] is not None, face=int(found["face"]) if found["face"] else None)


def of_other_faces(rows: pa.Table) -> Any:  # noqa: ANN401 - pyarrow ships no annotations
    """Which rows are of other faces than a clip's main one: label and subject are not theirs (docs/decisions/whose-label.md).

    Args:
        rows: clip_id and source_id.

    Returns:
        A boolean a row: whether `row_part` gives it a face above 0, found for all rows at once.
    """
    source = rows.column("source_id")
    named = pc.replace_substring_regex(rows.column("clip_id"), r"#0*[1-9]\d*$", "")
    # A user may name a clip `take#1`, or `take#0-4000`: what stands before a face is the source's whole name, with a range or without.
    is_of_source = pc.or_(pc.equal(named, source), pc.equal(pc.replace_substring_regex(named, f"{_RANGE}$", ""), source))
    return pc.and_(pc.not_equal(named, rows.column("clip_id")), is_of_source)
