"""The rows of a predictions table gathered by video, each video handed out as soon as its last row has come."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from avemo_core.errors import TableError
from avemo_core.export.media import media_url
from avemo_core.export.names import file_names
from avemo_core.export.predictions import COLUMNS, Prediction, predictions_of
from avemo_core.export.timeline import Timeline, timelines_of

RowGroups = Callable[[Sequence[str]], Iterable[pa.Table]]
"""Reads some columns of a predictions table, some rows at a time; it is called once for a pass over the table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Video:
    """A video file, and all that is predicted of it."""

    name: str
    """Of the files about it, without extension."""
    media: str
    """Where it is, seen from the export's folder."""
    rows: int
    """Of the predictions table."""
    timelines: tuple[Timeline, ...]
    """One; more where faces or clips overlap."""


def videos_of(row_groups: RowGroups, folder: str) -> Iterator[Video]:
    """Every video of the table.

    Reads the table twice: names and numbers of rows first, then the rows. Memory holds the names of all videos, and the rows of those
    whose last row has not come yet; not the attention.

    Args:
        row_groups: reads the table.
        folder: where the export will be, for the way from there to the video.

    Raises:
        TableError: the table is not the same in both passes.
    """
    counts, names = _plan(row_groups(("source_id", "uri")))
    waiting: dict[str, list[Prediction]] = {}
    for table in row_groups(COLUMNS):
        for row in predictions_of(table):
            rows = waiting.setdefault(row.uri, [])
            rows.append(row)
            if len(rows) == counts[row.uri]:
                del waiting[row.uri]
                yield Video(name=names[row.uri], media=media_url(row.uri, folder), rows=len(rows), timelines=timelines_of(rows))
    if waiting:
        raise TableError("the predictions table changed while it was read; export it again when `score` has ended")


def _plan(tables: Iterable[pa.Table]) -> tuple[Counter[str], dict[str, str]]:
    """How many rows each video has, and what its files are called."""
    counts: Counter[str] = Counter()
    first_ids: dict[str, str] = {}
    for table in tables:
        uris, source_ids = table.column("uri").to_pylist(), table.column("source_id").to_pylist()
        counts.update(uris)
        for uri, source_id in zip(uris, source_ids, strict=True):
            first_ids[uri] = min(source_id, first_ids.get(uri, source_id))
    return counts, file_names(first_ids)
