#!/usr/bin/env bash
# Expected: a row group without rows adds nothing, so a Parquet file that begins with one loads like any other (pyarrow reads it).
# datasets takes the first row group's length as its batch size, zero, and refuses the whole file. With on_bad_files="skip" it calls
# the file bad and drops all its rows without a word. An explicit batch_size reads every row.
# Our tables may have an empty part, where a shard rejected all it had: tests/readers/limits.py holds the refusal and names batch_size=.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq datasets==5.2.0 pyarrow==26.0.1
cd "$work"
export HF_HOME="$work/hf" HF_HUB_OFFLINE=1
"$work/venv/bin/python" - <<'PYTHON'
import sys

import datasets
import pyarrow as pa
import pyarrow.parquet as pq

print("datasets", datasets.__version__)
datasets.disable_progress_bars()
datasets.logging.set_verbosity(datasets.logging.CRITICAL)
rows = pa.table({"label": ["happy", "sad"]})
pq.write_table(rows, "full.parquet")
with pq.ParquetWriter("begins_empty.parquet", rows.schema) as writer:
    writer.write_table(rows.slice(0, 0))
    writer.write_table(rows)


def loaded(**options):
    """The labels that load_dataset finds in the two files, or what it says."""
    files = ["full.parquet", "begins_empty.parquet"]
    try:
        return datasets.load_dataset("parquet", data_files=files, split="train", **options)["label"][:]
    except datasets.exceptions.DatasetGenerationError as error:
        return f"refused: {error.__cause__}"


print("pyarrow, second file:   ", pq.read_table("begins_empty.parquet")["label"].to_pylist())
plain = loaded()
datasets.logging.set_verbosity_warning()  # the default: what it says of what it skips would show
skipping, batched = loaded(on_bad_files="skip"), loaded(batch_size=1000)
print("both files:             ", plain)
print('on_bad_files="skip":    ', skipping)
print("batch_size=1000:        ", batched)
if not str(plain).startswith("refused") or skipping != ["happy", "sad"] or batched != ["happy", "sad"] * 2:
    sys.exit("No longer so: datasets reads a file that begins with an empty row group.")
PYTHON

# Seen:
#   datasets 5.2.0
#   pyarrow, second file:    ['happy', 'sad']
#   both files:              refused: BatchSize must be greater than 0, got 0
#   on_bad_files="skip":     ['happy', 'sad']
#   batch_size=1000:         ['happy', 'sad', 'happy', 'sad']
