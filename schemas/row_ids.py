"""What a row's clip_id says beyond its source_id: `#start_ms-stop_ms` of a segment, `#k` of a face, the main one 0."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_REST: Final = re.compile(r"(?P<range>#-?\d+--?\d+)?(?:#(?P<face>\d+))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class RowPart:
    """Which part of its source a row is."""

    is_segment: bool = False
    """Whether it is one of several ranges that `--segment` cut out of its clip."""
    face: int | None = None
    """Number of the face within the clip or segment, the main one 0; None where a row is no single face's."""

    @property
    def is_beside(self) -> bool:
        """Whether it is of a face other than the main one, of which a clips table says nothing."""
        return bool(self.face)


def row_part(clip_id: str, source_id: str) -> RowPart:
    """Read a row's ids."""
    found = _REST.fullmatch(clip_id.removeprefix(source_id)) if clip_id.startswith(source_id) else None
    if found is None:
        return RowPart()
    return RowPart(is_segment=found["range"] is not None, face=int(found["face"]) if found["face"] else None)


def are_beside(clip_ids: Iterable[str], source_ids: Iterable[str]) -> list[bool]:
    """Of each row, whether it is of a face other than the main one."""
    return [row_part(clip_id, source_id).is_beside for clip_id, source_id in zip(clip_ids, source_ids, strict=True)]
