#!/usr/bin/env bash
# Expected: a reader of Parquet gives the values of a list of lists, or says that it cannot.
# fastparquet reads a list of numbers, and gives None for every cell of a list of lists, without an error or a warning: a column of
# vectors looks like one that was never filled.
# We ask fastparquet for columns with one value a row alone; its None is written down in tests/readers/limits.py.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq fastparquet==2026.9.0 pandas==2.3.3 pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import sys
import warnings

import fastparquet
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

print("fastparquet", fastparquet.__version__)
times, vectors = [[0.0, 0.5], []], [[[0.25, 0.75]], []]
columns = {
    "times": pa.array(times, pa.list_(pa.float32())),
    "lists": pa.array(vectors, pa.list_(pa.list_(pa.float32()))),
    "vectors": pa.array(vectors, pa.list_(pa.list_(pa.float32(), 2))),
}
pq.write_table(pa.table(columns), "table.parquet")
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always", UserWarning)
    found = pd.read_parquet("table.parquet", engine="fastparquet")
print("written:    ", pq.read_table("table.parquet").to_pydict())
got = {name: [cell if cell is None else [float(value) for value in cell] for cell in found[name]] for name in columns}
print("fastparquet:", got)
print("warnings:   ", len(said))
if got != {"times": times, "lists": [None, None], "vectors": [None, None]} or said:
    sys.exit("No longer so: fastparquet reads lists of lists, or says that it does not.")
PYTHON

# Seen:
#   fastparquet 2026.9.0
#   written:     {'times': [[0.0, 0.5], []], 'lists': [[[0.25, 0.75]], []], 'vectors': [[[0.25, 0.75]], []]}
#   fastparquet: {'times': [[0.0, 0.5], []], 'lists': [None, None], 'vectors': [None, None]}
#   warnings:    0
