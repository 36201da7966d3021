"""Time and memory of each reader on one table of predictions: `python -m tests.readers.measure [--rows 20000]` prints a table for the docs.

The rows repeat 500 made up ones under ids of their own; each reader reads every column it can, in a process of its own.
"""

# ruff: noqa: T201 - it reports on the console
import argparse
import tempfile
from pathlib import Path
from typing import Final

import pyarrow as pa

from cluster.tables.run_record import RunCounts
from cluster.tables.table import open_table
from schemas.predictions import PREDICTIONS
from tests.avemo_core.report import made
from tests.readers.reader import READERS

DISTINCT: Final = 500
STEPS: Final = (60, 90)
PART_ROWS: Final = 2000
ELSEWHERE: Final = ("Ray Data", "Spark 4")
"""Their rows lie in other processes too, whose memory is not counted."""
LEFT_OUT: Final = ("fastparquet, all columns", "fastparquet, vectors")
"""They read nothing (tests/readers/limits.py)."""


def main() -> None:
    """Write the table, let every reader open it, and print a line each."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=20_000)
    rows = options.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="avemo-readers-") as folder:
        where = Path(folder) / "predictions"
        _write(rows, where)
        size_mb = sum(part.stat().st_size for part in where.iterdir()) / 1e6
        print(f"{rows} predictions, {size_mb:.0f} MB of Parquet\n\n| reader | version | s | CPU s | MB |\n|---|---|---|---|---|")
        for reader in (reader for name, reader in READERS.items() if name not in LEFT_OUT):
            answer = reader.run([where], "--measure")
            found = answer["found"][str(where)]
            mb = "" if reader.name in ELSEWHERE else f"{found['mb']:.0f}"
            print(f"| {reader.name} | {answer['version']} | {found['seconds']:.2f} | {found['cpu_s']:.2f} | {mb} |", flush=True)


def _write(rows: int, where: Path) -> None:
    distinct = made.predictions(DISTINCT, steps=STEPS)
    with open_table(str(where), PREDICTIONS, {"made for": "readers"}) as table:
        for first in range(0, rows, PART_ROWS):
            part = pa.concat_tables([distinct] * (-(-PART_ROWS // DISTINCT))).slice(0, min(PART_ROWS, rows - first))
            table.publish(table.staging.write(made.replaced(part, **dict.fromkeys(("clip_id", "source_id"), _ids(first, part.num_rows)))))
        table.close(RunCounts(), "done")


def _ids(first: int, count: int) -> list[str]:
    return [f"clip-{number:07}" for number in range(first, first + count)]


if __name__ == "__main__":
    main()
