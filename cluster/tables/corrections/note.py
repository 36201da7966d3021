"""`sources.parquet` beside a table: what its rows were made of. Rows alone do not say which range and region were asked for."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from avemo_core.corrections.truth import Truth
from avemo_core.runtime.parquet_errors import damage_named
from cluster.storage.location import open_folder
from cluster.tables.parquet import encode
from cluster.tables.parts import published_ids
from cluster.tables.paths import SOURCES, sibling
from cluster.tables.rejects import RejectList
from cluster.tables.table import Table


def read_note(location: str) -> pa.Table | None:
    """What a table's rows were made of; None where no run has noted it.

    Raises:
        TableError: the file is damaged.
    """
    folder = open_folder(sibling(location))
    content = folder.read(SOURCES)
    if content is None:
        return None
    with damage_named(f"{folder.uri}/{SOURCES}"):
        return pq.read_table(io.BytesIO(content)).combine_chunks()


def asked_for(location: str) -> pa.Array:
    """The sources that runs on a table were asked for so far; of a table without a note, those that have rows or a reject."""
    note = read_note(location)
    if note is not None:
        return note.column("source_id").combine_chunks()
    return pa.array(sorted(published_ids(open_folder(location)) | RejectList(location).source_ids()), pa.string())


def write_note(table: Table, truth: Truth, before: pa.Table | None) -> None:
    """Note what the rows are made of from now on; where these are not all clips, those of before stay noted.

    Only once no row is left that was made of something else: a run that is killed before it compares with the old note.
    """
    note = truth.note
    if before is not None and not truth.is_whole:
        place = pc.index_in(before.column(truth.key), value_set=note.column(truth.key))
        note = pa.concat_tables([note, before.filter(pc.is_null(place))], promote_options="default").combine_chunks()
    if before is None or not note.equals(before):
        table.keep(SOURCES, encode(note))
