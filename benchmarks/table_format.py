"""What table format 2 costs beside format 1: bytes on disk, and the time in which pandas reads every column.

    python benchmarks/table_format.py --features OLD_FEATURES --predictions OLD_PREDICTIONS

Both are tables that avemo 0.1.0 wrote; they are converted first (jobs/convert.py). Reading takes turns between the two formats,
and what counts is the ratio of medians.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import pandas as pd

from cluster.convert.job import ConvertOptions, convert


def main() -> None:
    """Print a row a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--predictions", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=7)
    arguments = parser.parse_args()
    print("table        rows    format 1 bytes    format 2 bytes  ratio   read CPU s 1  read CPU s 2  ratio")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("features", "predictions"):
            old, new = getattr(arguments, name), Path(folder) / name
            convert(ConvertOptions(table=str(old), out=str(new)))
            print(_row(name, old, new, arguments.pairs), flush=True)


def _row(name: str, old: Path, new: Path, pairs: int) -> str:
    sizes = [sum(part.stat().st_size for part in table.glob("part-*.parquet")) for table in (old, new)]
    seconds = [(_read_cpu_s(old), _read_cpu_s(new)) for _ in range(pairs)]
    medians = [statistics.median(times) for times in zip(*seconds, strict=True)]
    return (
        f"{name:<12}{len(pd.read_parquet(new, columns=['clip_id'])):>5}  {sizes[0]:>16,}  {sizes[1]:>16,}  {sizes[1] / sizes[0]:.3f}  "
        f"{medians[0]:>13.3f} {medians[1]:>13.3f}  {medians[1] / medians[0]:.3f}"
    )


def _read_cpu_s(table: Path) -> float:
    """Of this process's threads, user and system."""
    started_s = time.process_time()
    pd.read_parquet(table)
    return time.process_time() - started_s


if __name__ == "__main__":
    main()
