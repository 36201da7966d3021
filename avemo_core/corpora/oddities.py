"""What was read as it stands, and is seldom meant so: said at the start, refused nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.corpora.layouts import SOUND_SUFFIXES, VIDEO_SUFFIXES
from avemo_core.corpora.media_files import is_media
from avemo_core.runtime.public import public

_SHOWN: Final = 3
_NO_NAMES: Final = frozenset({"na", "n/a", "nan", "-", "?", "unknown", "unk", "none", "null", "other", "others", "misc"})
"""Words that stand for nobody, where they are no names."""
_MEDIA: Final = rf"({'|'.join(re.escape(suffix) for suffix in sorted(VIDEO_SUFFIXES | SOUND_SUFFIXES))})$"


def oddities(clips: pa.Table) -> list[str]:
    """Lines about a clips table.

    Args:
        clips: in schemas.clips.CLIPS.
    """
    return [*_nobody(clips), *_alike(clips), *_same_seconds(clips), *_endings(clips.column("path"))]


def _nobody(clips: pa.Table) -> Iterator[str]:
    for row in clips.column("subject").value_counts().to_pylist():
        name, count = row["values"], row["counts"]
        if name is not None and count > 1 and name.lower() in _NO_NAMES:
            yield f"subject {name} is read as one person, of {count:,} clips; leave the field empty where the person is not known"


def _alike(clips: pa.Table) -> Iterator[str]:
    """Subjects that differ in case, blanks or leading zeros alone."""
    spellings: dict[str, list[str]] = {}
    for name in pc.unique(clips.column("subject")).drop_null().to_pylist():
        spellings.setdefault(re.sub(r"(?<!\d)0+(?=\d)|\.0+$|[\s_-]+", "", name.casefold()), []).append(name)
    alike = [names for names in spellings.values() if len(names) > 1]
    if alike:
        shown = "; ".join(", ".join(sorted(names)) for names in alike[:_SHOWN])
        yield f"subjects that are spelt nearly alike are read as different people: {shown}{_more(alike)}"


def _same_seconds(clips: pa.Table) -> Iterator[str]:
    """Rows of one file and one range."""
    if pc.count_distinct(clips.column("path")).as_py() == clips.num_rows:
        return
    keys = ["path", "start_s", "stop_s"]
    # A region makes two clips of the same seconds two people.
    whole = clips.filter(pc.is_null(clips.column("region"))).select([*keys, "clip_id"])
    groups = whole.group_by(keys).aggregate([("clip_id", "count"), ("clip_id", "min")])
    twice = groups.filter(pc.greater(groups.column("clip_id_count"), 1)).sort_by("clip_id_min")
    if twice.num_rows:
        ids = twice.column("clip_id_min").slice(0, _SHOWN).to_pylist()
        yield f"the same seconds of one file come as several clips, among them {', '.join(ids)}{_more(range(twice.num_rows))}"


def _endings(paths: pa.ChunkedArray) -> Iterator[str]:
    unlike = paths.filter(pc.invert(pc.match_substring_regex(paths, _MEDIA, ignore_case=True)))
    others = [path for path in pc.unique(unlike).to_pylist() if not is_media(path)]  # a web address may go on behind its ending
    if others:
        shown = ", ".join(map(public, others[:_SHOWN]))
        yield f"paths that end neither as video nor as sound do: {len(others):,} ({shown}{', ...' if len(others) > _SHOWN else ''})"


def _more(found: Iterable[object]) -> str:
    rest = len(list(found)) - _SHOWN
    return f" and {rest:,} more" if rest > 0 else ""
