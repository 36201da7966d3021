"""A relation for Weka, openSMILE's tools and scipy.

Source: Weka's manual, ARFF: a header of attributes, then lines of values. scipy.io.arff reads no attribute of texts, and takes a list
of all clip ids, one by one, for each row; so the ids stand in a second file, by number of the row.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from avemo_core.export.flat_csv import without_nan
from avemo_core.export.videos import RowGroups
from schemas.clips import SPLITS
from schemas.emotions import EMOTIONS
from schemas.predictions import PROBABILITIES

RELATION: Final = "predictions.arff"
ROWS: Final = "rows.csv"
ROW_SCHEMA: Final = pa.schema([("row", pa.int64()), ("clip_id", pa.string()), ("source_id", pa.string()), ("subject", pa.string())])
NUMERIC: Final = ("start_s", "stop_s", "confidence", *PROBABILITIES)
NOMINAL: Final = {"split": SPLITS, "predicted": EMOTIONS, "label": EMOTIONS}
"""Name -> the values it may have; label comes last, where Weka looks for the class."""


def write_arff(row_groups: RowGroups, folder: Path) -> int:
    """Write the relation, and rows.csv that says which clip a row is; memory holds a row group. Returns the number of rows.

    A value that is unknown, or no number, is `?`.
    """
    rows = 0
    with (folder / RELATION).open("w", encoding="utf-8") as relation, csv.CSVWriter(folder / ROWS, ROW_SCHEMA) as ids:
        relation.write("\n".join(_header()) + "\n")
        for table in row_groups(("clip_id", "source_id", "subject", *NUMERIC, *NOMINAL)):
            numbers = pa.array(range(rows + 1, rows + len(table) + 1), pa.int64())
            relation.writelines(_lines(table, numbers))
            ids.write_table(pa.table([numbers, *(table.column(name) for name in ROW_SCHEMA.names[1:])], schema=ROW_SCHEMA))
            rows += len(table)
    return rows


def _header() -> Iterator[str]:
    yield "@relation avemo_predictions\n"
    yield "@attribute row numeric"
    for name in NUMERIC:
        yield f"@attribute {name} numeric"
    for name, values in NOMINAL.items():
        yield f"@attribute {name} {{{','.join(values)}}}"
    yield "\n@data"


def _lines(table: pa.Table, numbers: pa.Array) -> Iterator[str]:
    known = without_nan(table.select((*NUMERIC, *NOMINAL)))
    columns = [numbers.cast(pa.string()), *(pc.fill_null(column.cast(pa.string()), "?").combine_chunks() for column in known.columns)]
    for line in pc.binary_join_element_wise(*columns, ",").to_pylist():
        yield f"{line}\n"
