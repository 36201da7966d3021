"""Which clips a selection has seen with their labels: the record in its file, by which a training knows what is held out from both."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import UInt64

_DIGITS: Final = 16
"""Hexadecimal digits of a digest, 64 bits: among a million clips two share one with a chance of 3 in 10^8."""


@dataclass(frozen=True, kw_only=True)
class SeenClips:
    """Digests of the clips, by name and by content; a file of them names nobody."""

    sources: frozenset[str] = frozenset()
    """First digits of the sha256 of each clip's source_id."""
    contents: frozenset[str] = frozenset()
    """First digits of the sha256 of each file's bytes."""

    @classmethod
    def of(cls, source_ids: Iterable[str], contents_sha256: Iterable[str]) -> "SeenClips":
        """The record of clips by their names and their files' digests."""
        return cls(
            sources=frozenset(map(_digest, source_ids)),
            contents=frozenset(content[:_DIGITS] for content in contents_sha256),
        )

    def has(self, source_id: str, content_sha256: str | None = None) -> bool:
        """Whether a clip was seen, under this name or under another; a name that two corpora share counts as seen."""
        return (content_sha256 or "")[:_DIGITS] in self.contents or (bool(self.sources) and _digest(source_id) in self.sources)

    def arrays(self) -> dict[str, UInt64[np.ndarray, " _"]]:
        """The digests as numbers, for the selection's file."""
        fields = {"seen_sources": self.sources, "seen_contents": self.contents}
        return {name: np.array(sorted(int(digest, 16) for digest in digests), np.uint64) for name, digests in fields.items()}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "SeenClips | None":
        """Read what `arrays` gave; None where the file is of before there was a record."""
        if "seen_sources" not in arrays or "seen_contents" not in arrays:
            return None
        sources, contents = (
            frozenset(f"{number:0{_DIGITS}x}" for number in arrays[name].tolist()) for name in ("seen_sources", "seen_contents")
        )
        return cls(sources=sources, contents=contents)

    def to_json(self) -> dict[str, list[str]]:
        """The digests as JSON values."""
        return {"sources": sorted(self.sources), "contents": sorted(self.contents)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "SeenClips":
        """Read what `to_json` gave."""
        return cls(sources=frozenset(stored["sources"]), contents=frozenset(stored["contents"]))


NOTHING_SEEN: Final = SeenClips()
"""Of features whose values nobody chose by labels, as `--selection all`."""

RECORD: Final = "seen"
"""Where the provenance of features has the record; that of before there was one does not."""


def seen_by(selection: Mapping[str, Any]) -> SeenClips | None:
    """The clips by whose labels features were selected; None where it is not known.

    Args:
        selection: as the provenance of features has it: `indices` and `map_shape`, and perhaps the record; empty where there is none.
    """
    if RECORD in selection:
        return SeenClips.from_json(selection[RECORD])
    is_whole = bool(selection) and len(selection["indices"]) in {0, int(np.prod(selection["map_shape"]))}
    return NOTHING_SEEN if is_whole else None


def _digest(source_id: str) -> str:
    return hashlib.sha256(source_id.encode()).hexdigest()[:_DIGITS]
