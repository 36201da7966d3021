"""The truth about a table's rows: what they have to say of themselves, and what they have to be made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.corrections.files import MODIFIED, SIZE
from avemo_core.runtime.public import public
from schemas.row_ids import of_other_faces

SCALARS: Final = ("label", "split", "subject")
"""What is brought up to date in a row that stays."""

_MADE_OF_CLIP: Final = ("uri", "start_s", "stop_s", "region")
_MADE_OF_FEATURES: Final = (
    "uri", "start_s", "stop_s", "duration_s", "content_sha256", "face_coverage", "audio_coverage", "faces_max", "decoded_share", "fault",
    "sound_track", "region",
)  # fmt: skip

FEATURES_COLUMNS: Final = tuple(dict.fromkeys(("clip_id", "source_id", *SCALARS, *_MADE_OF_FEATURES)))
"""Of a features table, what `of_features` takes; the region stands in its note, and what media version 2 brought not in older tables."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Truth:
    """What the rows of a table should be.

    Attributes:
        rows: one for each value of `key`: key, source_id, uri, label, split, subject, and the columns of `made_of`.
        key: the column by which rows are told apart: source_id for rows made of clips, clip_id for rows made of rows.
        made_of: columns of which a change means that the source is to be done again.
        is_whole: whether a source that is not here is to leave the table; a run with --limit does not know.
        files: size_bytes and modified of each row's file, to be noted; None: they are not.
    """

    rows: pa.Table
    key: str
    made_of: tuple[str, ...]
    is_whole: bool
    files: pa.Table | None = None

    @property
    def note(self) -> pa.Table:
        """What is kept beside the table, so that a later run sees what changed."""
        # Of features also whose they are: who was measured on a clip is known so before the clip has a prediction to say it.
        people = () if self.key == "source_id" else ("subject",)
        note = self.rows.select(list(dict.fromkeys((self.key, "source_id", *people, *self.made_of))))
        if self.files is None:
            return note
        return note.append_column(SIZE, self.files.column(SIZE)).append_column(MODIFIED, self.files.column(MODIFIED))


def of_clips(clips: pa.Table, *, is_whole: bool, files: pa.Table | None = None) -> Truth:
    """By a clips table: a clip is done again where its address, its range or its region changed.

    Args:
        clips: in schemas.clips.CLIPS.
        is_whole: whether these are all clips that the table may have.
        files: size_bytes and modified of each clip's file, as avemo_core.corrections.files finds them; None: not asked for.
    """
    columns = {
        "source_id": clips.column("clip_id"),
        "uri": addresses(clips.column("path")),
        **{name: clips.column(name) for name in SCALARS},
        "start_s": pc.fill_null(clips.column("start_s"), 0.0),
        "stop_s": clips.column("stop_s"),
        "region": clips.column("region"),
    }
    return Truth(rows=pa.table(columns), key="source_id", made_of=_MADE_OF_CLIP, is_whole=is_whole, files=files)


def of_features(features: pa.Table, *, is_whole: bool = True) -> Truth:
    """By a features table: a clip is scored again where its file or range, or how much of it was seen and heard, changed.

    Args:
        features: those of `FEATURES_COLUMNS` that the table has.
        is_whole: whether these are all rows of it.
    """
    made_of = tuple(name for name in _MADE_OF_FEATURES if name in features.column_names)
    return Truth(rows=features.combine_chunks(), key="clip_id", made_of=made_of, is_whole=is_whole)


def addresses(paths: pa.ChunkedArray) -> pa.ChunkedArray:
    """Paths as rows hold them: without credentials."""
    # Credentials stand before an @ or behind a ?; a million paths are not gone through one by one for nothing.
    with_secrets = pc.and_(pc.match_substring(paths, "://"), pc.match_substring_regex(paths, "[@?]"))
    if not pc.any(with_secrets).as_py():
        return paths
    return pa.chunked_array([pa.array([public(path) for path in paths.to_pylist()], pa.string())])


def differ(ours: Any, theirs: Any) -> Any:  # noqa: ANN401 - pyarrow ships no annotations
    """Where two columns differ; null is a value like any other, and so is NaN."""
    if pa.types.is_fixed_size_list(ours.type):
        found = pc.xor(pc.is_null(ours), pc.is_null(theirs))
        for index in range(ours.type.list_size):
            found = pc.or_(found, differ(pc.list_element(ours, index), pc.list_element(theirs, index)))
        return found
    is_other = pc.not_equal(ours, theirs)
    if pa.types.is_floating(ours.type):
        is_other = pc.and_not(is_other, pc.and_(pc.is_nan(ours), pc.is_nan(theirs)))
    return pc.or_(pc.xor(pc.is_null(ours), pc.is_null(theirs)), pc.fill_null(is_other, fill_value=False))


def made_otherwise(truth: Truth, note: pa.Table) -> pa.Array:
    """The sources that were noted, and are to be made of something else now; rows of which nothing was noted are none of them.

    Returns:
        source_ids, each once.
    """
    rows = truth.rows
    place = pc.index_in(rows.column(truth.key), value_set=note.column(truth.key))
    was = note.take(place)
    found = pc.and_(pc.is_null(place), pc.is_in(rows.column("source_id"), value_set=note.column("source_id")))
    for name in truth.made_of:
        if name in note.column_names:
            found = pc.or_(found, pc.and_(pc.is_valid(place), differ(rows.column(name), was.column(name))))
    changed = pc.unique(rows.column("source_id").filter(found))
    # A row less than before: its source is still here.
    lost = note.column("source_id").filter(pc.invert(pc.is_in(note.column(truth.key), value_set=rows.column(truth.key))))
    fewer = lost.filter(pc.is_in(lost, value_set=rows.column("source_id")))
    return pc.unique(pa.chunked_array([changed, *fewer.chunks], pa.string()).combine_chunks())


def people_of_changes(truth: Truth, note: pa.Table) -> set[str]:
    """Those whose noted clips are others' now, are made of something else, or are gone; also of clips that have no rows yet.

    Args:
        truth: by clip_id.
        note: of the same; one without subjects tells of nobody.
    """
    if "subject" not in note.column_names:
        return set()
    place = pc.index_in(note.column(truth.key), value_set=truth.rows.column(truth.key))
    now = truth.rows.column("subject").take(place)
    is_changed = pc.is_in(note.column("source_id"), value_set=made_otherwise(truth, note))
    is_changed = pc.or_(is_changed, pc.and_(pc.is_valid(place), differ(note.column("subject"), now)))
    if truth.is_whole:
        is_changed = pc.or_(is_changed, pc.is_null(place))
    return {*note.column("subject").filter(is_changed).to_pylist(), *now.filter(is_changed).to_pylist()} - {None}


def wanted(truth: Truth, name: str, current: pa.Table, place: Any) -> Any:  # noqa: ANN401 - pyarrow ships no annotations
    """What rows have to say of label, split or subject.

    Args:
        truth: what is true.
        name: label, split or subject.
        current: clip_id and source_id of the rows.
        place: of each in the truth.

    Returns:
        The column; label and subject of a clip are those of its main face alone.
    """
    value = truth.rows.column(name).take(place)
    if truth.key != "source_id" or name == "split":
        return value
    return pc.if_else(of_other_faces(current), pa.scalar(None, pa.string()), value)


def against(truth: Truth, rows: pa.Table, changed: Any) -> pa.Table:  # noqa: ANN401 - pyarrow ships no annotations
    """Those rows that are not as they should be.

    Args:
        truth: what is true.
        rows: source_id, clip_id, uri, label, split, subject of rows of the table.
        changed: source_ids known to be made of something else, as `made_otherwise` gives them.

    Returns:
        `row`: which of them; source_id, clip_id and subject; `new_label`, `new_split`, `new_subject`: what it has to say; whether it
        `is_gone` (its source is nowhere in the truth) or `is_outdated` (its source is to be done again); and `label_differs` and so on:
        whether that is to be corrected.
    """
    place = pc.index_in(rows.column(truth.key), value_set=truth.rows.column(truth.key))
    is_known = pc.is_valid(place)
    has_source = is_known if truth.key == "source_id" else pc.is_in(rows.column("source_id"), value_set=truth.rows.column("source_id"))
    is_moved = pc.and_(is_known, differ(rows.column("uri"), truth.rows.column("uri").take(place)))
    is_outdated = pc.or_(pc.or_(is_moved, pc.is_in(rows.column("source_id"), value_set=changed)), pc.xor(has_source, is_known))
    is_gone = pc.invert(has_source)
    new = {name: wanted(truth, name, rows, place) for name in SCALARS}
    found = pa.table(
        {
            "row": pa.array(range(rows.num_rows), pa.int64()),
            **{name: rows.column(name) for name in ("source_id", "clip_id", "subject")},
            **{f"new_{name}": values for name, values in new.items()},
            "is_gone": is_gone,
            "is_outdated": pc.and_(is_outdated, has_source),
            **{f"{name}_differs": pc.and_(is_known, differ(rows.column(name), values)) for name, values in new.items()},
        }
    )
    if not truth.is_whole:
        found = found.set_column(found.column_names.index("is_gone"), "is_gone", pa.chunked_array([pa.array([False] * len(found))]))
    is_wrong = pc.or_(found.column("is_gone"), found.column("is_outdated"))
    for name in SCALARS:
        is_wrong = pc.or_(is_wrong, found.column(f"{name}_differs"))
    return found.filter(is_wrong)
