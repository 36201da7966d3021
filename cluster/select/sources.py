"""Which clips a selection learns from: labelled, of the train split, none of them in another split under another name.

Where the clips have no split, it is made as `train` makes it, so that val and test of the model are not seen here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.corpora import clips_table
from avemo_core.corpora.clip import Clip
from avemo_core.corpora.contents import digests
from avemo_core.corpora.understood import Clips
from avemo_core.errors import ConfigError
from avemo_core.runtime.public import public
from avemo_core.training.copies import groups_of, without_copies
from avemo_core.training.splits import IDENTITY_COLUMNS, check_contents_apart, split_of


@dataclass(frozen=True, kw_only=True)
class LabelledClips:
    """The clips to learn from."""

    clips: list[Clip]
    """Each with the person, or what stands for one: of copies and parts of one file the first one's id."""
    copies: list[str]
    """Ids of those that were left out as copies of others."""
    left: int
    """How many clips were left for val and test, as nobody had split them; 0 where the clips have splits."""


def labelled_clips(understood: Clips, *, drop_copies: bool) -> LabelledClips:
    """The labelled clips, where there are splits those of train.

    Args:
        understood: the clips.
        drop_copies: of clips of the same content keep the first, by clip_id.

    Raises:
        ConfigError: there is none; one content in several splits.
    """
    table = understood.table.filter(pc.is_valid(understood.table["label"]))
    records, copies = _records(table), list[str]()
    if drop_copies:
        _, copies = without_copies(sorted(records, key=itemgetter("clip_id")))
        records = [row for row in records if row["clip_id"] not in set(copies)]
        table = table.filter(pc.invert(pc.is_in(table["clip_id"], value_set=pa.array(copies, pa.string()))))
    check_contents_apart(records)
    made = bool(records) and all(row["split"] is None for row in records)
    splits = _made(records) if made else table["split"]
    grouped = table.append_column("group", pa.array(_people(records), pa.string()))
    if made or table["split"].null_count < table.num_rows:
        grouped = grouped.filter(pc.fill_null(pc.equal(splits, "train"), fill_value=False))
    if not grouped.num_rows:
        expected = "expected clips with a label and, where there are splits, in train"
        raise ConfigError(f"{public(understood.location)} has no clip to learn from: {expected}")
    clips = clips_table.clips_of(grouped.drop_columns("group"))
    return LabelledClips(
        clips=[replace(clip, subject=group) for clip, group in zip(clips, grouped["group"].to_pylist(), strict=True)],
        copies=copies,
        left=table.num_rows - grouped.num_rows if made else 0,
    )


def _made(records: Sequence[Mapping[str, Any]]) -> pa.Array:
    """The split of each record, as `train` makes it of their features."""
    types = {"start_s": pa.float64(), "stop_s": pa.float64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in IDENTITY_COLUMNS])
    rows = split_of(pa.Table.from_pylist([{name: row.get(name) for name in IDENTITY_COLUMNS} for row in records], schema)).rows
    parts = dict(zip(rows["clip_id"].to_pylist(), rows["split"].to_pylist(), strict=True))
    return pa.array([parts[row["clip_id"]] for row in records], pa.string())


def _records(table: pa.Table) -> list[dict[str, Any]]:
    contents = digests(table["path"].to_pylist())
    return [
        {**row, "source_id": row["clip_id"], "uri": row["path"], "content_sha256": contents.get(row["path"])} for row in table.to_pylist()
    ]


def _people(records: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """The subject of each clip; another name where that keeps it with its copies and the other parts of its file."""
    names = [group.partition(" ")[2] for group in groups_of(records)]
    return [row["subject"] if name == (row["subject"] or row["source_id"]) else name for row, name in zip(records, names, strict=True)]
