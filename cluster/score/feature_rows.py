"""The sources of a features table as items of the driver: each with the part and the row groups that hold its rows.

    row group of a part    0        1        2        3
    source_id              a a b b  b b b b  b c c d  d
    first..last_group      a 0..0   b 0..2   c 2..2   d 2..3      both inclusive

The rows of a source lie together, so that a worker reads only the row groups of its chunk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.features.parts import without_unread_sets
from avemo_core.features.preprocess.config import Modalities
from avemo_core.features.preprocess.modalities import coverage_of
from cluster.storage.folder import Entry
from cluster.storage.location import open_folder
from cluster.tables.parts import parquet_file, part_entries, read, read_group


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureRows:
    """Where the rows of one source are: all in one part, in adjacent row groups."""

    source_id: str
    uri: str
    """Of the features table."""
    part: Entry
    first_group: int
    last_group: int
    """Inclusive."""


def feature_rows(location: str) -> Iterator[FeatureRows]:
    """Every source of a features table, in the order of the rows; reads the source_id column alone."""
    folder = open_folder(location)
    for entry in part_entries(folder):
        with folder.open(entry) as file:
            parquet = parquet_file(file, entry, folder)
            tables = (read_group(parquet, index, entry, folder, ["source_id"]) for index in range(parquet.num_row_groups))
            groups = [pc.unique(table.column("source_id")).to_pylist() for table in tables]
        yield from _sources(folder.uri, entry, groups)


def read_rows(location: str, items: Sequence[FeatureRows], reads: Sequence[str]) -> Iterator[tuple[list[FeatureRows], Iterator[pa.Table]]]:
    """Read the rows of items, those of adjacent items in the same row groups at once.

    Args:
        location: of the features table.
        items: which rows.
        reads: parts of the features; audio sets that are none of them are not read.

    Yields:
        Items whose rows lie in the same row groups, and their rows, a row group at a time. Iterating over those raises DamagedPart
        where one is damaged, and StorageFailed where it cannot be read.
    """
    folder = open_folder(location)
    for (part, first, last), same_groups in groupby(items, key=lambda item: (item.part, item.first_group, item.last_group)):
        together = list(same_groups)
        with folder.open(part) as file:
            parquet = parquet_file(file, part, folder)
            wanted = pa.array([item.source_id for item in together])
            columns = without_unread_sets(parquet.schema_arrow.names, reads)
            yield together, (_rows_of(read_group(parquet, index, part, folder, columns), wanted) for index in range(first, last + 1))


def _sources(uri: str, part: Entry, groups: Sequence[Sequence[str]]) -> Iterator[FeatureRows]:
    first = {source: index for index in reversed(range(len(groups))) for source in groups[index]}
    last = {source: index for index, sources in enumerate(groups) for source in sources}
    for source, last_group in last.items():
        yield FeatureRows(source_id=source, uri=uri, part=part, first_group=first[source], last_group=last_group)


def _rows_of(table: pa.Table, source_ids: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table.column("source_id"), value_set=source_ids))


def not_read_lines(modalities: Modalities, features: str) -> list[str]:
    """What clips have and a model of one modality does not use."""
    if modalities == "audio-visual":
        return []
    other: Literal["sound", "face"] = "face" if modalities == "sound" else "sound"
    rows = read(features, [coverage_of(other)]).column(0)
    count = int(pc.sum(pc.greater(rows, 0)).as_py() or 0)
    return [f"score: the model reads {modalities} alone; the {other} of {count:,} of {len(rows):,} rows is not used"] if count else []
