"""What it costs to have predictions in pandas: CPU time and memory of the ways to read them that docs/guides/query.md shows.

    python benchmarks/reading.py [--clips 22400] [--rounds 7]

Predictions are made up, in parts of 700 clips. Every reading has a process of its own, the ways take turns; medians are printed.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from cluster.tables.parquet import encode
from tests.avemo_core.report import made

ROOT = Path(__file__).parents[1]
PART_CLIPS = 700
STACK = """
for name in ("perception", "alignment", "window_time_s"):
    rows[name] = [None if cell is None else np.stack(cell) for cell in rows[name]]
"""
WAYS = {
    "read_predictions": "rows = read_predictions(folder)",
    "pd.read_parquet": "rows = pd.read_parquet(folder)",
    "pd.read_parquet, np.stack": f"rows = pd.read_parquet(folder){STACK}",
    "pd.read_parquet, dtype_backend": 'rows = pd.read_parquet(folder, dtype_backend="pyarrow")',
    "read_predictions, 1 attention": 'rows = read_predictions(folder, ["clip_id", "step_time_s", "perception"])',
    "read_predictions, 2 scalars": 'rows = read_predictions(folder, ["label", "predicted"])',
    "pd.read_parquet, 2 scalars": 'rows = pd.read_parquet(folder, columns=["label", "predicted"])',
}
PROGRAM = """
import pathlib, re, sys, time
import numpy as np, pandas as pd, psutil, pyarrow.parquet, pyarrow.dataset
from avemo_core.reading import read_predictions
folder, way = sys.argv[1:]
before = psutil.Process().memory_info().rss
wall, cpu = time.perf_counter(), time.process_time()
exec(way)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
after = psutil.Process().memory_info().rss
peak = int(re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) * 1024
assert len(rows) > 0
print(wall, cpu, after - before, peak - before)
"""


def main() -> None:
    """Make the table, read it in every way, print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=22_400)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        size_bytes, rows = write(Path(folder), options.clips)
        print(f"{rows:,} clips, {size_bytes / 1e6:.1f} MB of Parquet")
        measured: dict[str, list[list[float]]] = {way: [] for way in WAYS}
        for _ in range(options.rounds):
            for way, program in WAYS.items():
                measured[way].append(read(folder, program))
    for way, rounds in measured.items():
        wall, cpu, held, peak = (statistics.median(values) for values in zip(*rounds, strict=True))
        print(f"{way:32}{wall:6.2f} s, {cpu:5.2f} s of CPU, {held / 1e6:5.0f} MB held, {peak / 1e6:5.0f} MB at most")


def write(folder: Path, clips: int) -> tuple[int, int]:
    """A table of about so many clips of 60 to 95 steps; its size in bytes and its rows."""
    for part in range(max(1, clips // PART_CLIPS)):
        ids = [f"clip-{part:03}-{clip:05}" for clip in range(PART_CLIPS)]
        (folder / f"part-{part:05}.parquet").write_bytes(encode(made.predictions(PART_CLIPS, (60, 95), seed=part, ids=ids)))
    files = list(folder.glob("*.parquet"))
    return sum(file.stat().st_size for file in files), sum(pq.read_metadata(file).num_rows for file in files)


def read(folder: str, way: str) -> list[float]:
    """Wall seconds, CPU seconds, bytes held and bytes at most of one reading."""
    command = [sys.executable, "-c", PROGRAM, folder, way]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - our own program
    return [float(value) for value in done.stdout.split()]


if __name__ == "__main__":
    main()
