#!/usr/bin/env bash
# Expected: Parquet's page checksums, written and verified, find every flipped bit of a file.
# They cover pages only. The footer, which names the columns, has no checksum: one flipped bit there renames a column of one file, and
# pyarrow reads the folder without an error, with nulls for all of that file's labels. The same flip in a page is refused.
# We hold the footer's names and types against the table's schema before we read a part, and refuse a part that differs.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

print("pyarrow", pa.__version__)
Path("table").mkdir()
for name, ids in (("table/a.parquet", ["1", "2"]), ("table/b.parquet", ["3", "4"])):
    pq.write_table(pa.table({"id": ids, "label": ["happy", "sad"]}), name, write_page_checksum=True)
sound = Path("table/b.parquet").read_bytes()
footer = len(sound) - 8 - int.from_bytes(sound[-8:-4], "little")


def flipped(place):
    """The folder as read with the lowest bit of one byte of b.parquet turned over."""
    Path("table/b.parquet").write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
    try:
        return pq.read_table("table", page_checksum_verification=True).to_pydict()
    except OSError as error:
        return f"refused: {error}"


page = flipped(sound.index(b"happy"))
renamed = flipped(sound.index(b"label", footer))
print("columns of b.parquet:", pq.read_schema("table/b.parquet").names)
print("a bit of a page:     ", page)
print("a bit of the footer: ", renamed)
if not str(page).startswith("refused"):
    sys.exit("No longer so: a flipped bit in a page is read.")
if renamed != {"id": ["1", "2", "3", "4"], "label": ["happy", "sad", None, None]}:
    sys.exit("No longer so: a flipped bit in the footer no longer turns labels into nulls.")
PYTHON

# Seen:
#   pyarrow 26.0.1
#   columns of b.parquet: ['id', 'mabel']
#   a bit of a page:      refused: could not verify page integrity, CRC checksum verification failed for page_ordinal 0
#   a bit of the footer:  {'id': ['1', '2', '3', '4'], 'label': ['happy', 'sad', None, None]}
