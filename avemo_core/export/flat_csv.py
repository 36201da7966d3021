"""Flat files for R, SPSS and spreadsheets: one line a segment and face, and one a peak."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from avemo_core.export.predictions import COLUMNS, SCALARS, Prediction, predictions_of
from avemo_core.export.videos import RowGroups
from schemas.predictions import PREDICTIONS

ROWS: Final = "predictions.csv"
PEAKS: Final = "peaks.csv"
ROW_SCHEMA: Final = pa.schema([pa.field(name, PREDICTIONS.field(name).type) for name in SCALARS if name != "uri"])
"""All but where the video was on the machine that extracted it."""
PEAK_SCHEMA: Final = pa.schema([("clip_id", pa.string()), ("emotion", pa.string()), ("time_s", pa.float64()), ("weight", pa.float64())])


def write_csv(row_groups: RowGroups, folder: Path) -> int:
    """Write both files into the folder; memory holds a row group. An unknown value is an empty field. Returns the number of rows."""
    rows = 0
    with csv.CSVWriter(folder / ROWS, ROW_SCHEMA) as row_file, csv.CSVWriter(folder / PEAKS, PEAK_SCHEMA) as peak_file:
        for table in row_groups(COLUMNS):
            row_file.write_table(without_nan(table.select(ROW_SCHEMA.names).cast(ROW_SCHEMA)))
            peak_file.write_table(peak_rows(predictions_of(table)))
            rows += len(table)
    return rows


def without_nan(table: pa.Table) -> pa.Table:
    """The table with null for NaN, which statistics packages read as a text."""
    columns = [
        pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column) if pa.types.is_floating(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def peak_rows(rows: Iterable[Prediction]) -> pa.Table:
    """One row a peak: clip_id, emotion, time_s, weight."""
    peaks = [
        {"clip_id": row.clip_id, "emotion": row.predicted, "time_s": peak.time_s, "weight": peak.weight}
        for row in rows
        for peak in row.peaks
    ]
    return pa.Table.from_pylist(peaks, PEAK_SCHEMA)
