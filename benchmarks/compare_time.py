"""How long `compare` takes beside another checkout, in turns, and whether both come to the same probabilities.

    OMP_NUM_THREADS=1 RAY_worker_niceness=0 python benchmarks/compare_time.py --features FEATURES --against PATH [--rounds 3] [--repeats 8]

PATH is the other checkout, such as `git worktree add PATH COMMIT`; both are run by this Python. Prints the seconds of each run, and the CPU
seconds of all its processes, Ray's own among them; where others work on the machine, only the latter say anything.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import psutil
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]
SAMPLE_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Run:
    """One comparison."""

    seconds: float
    cpu_s: float
    probabilities: np.ndarray
    """A row a model, run and held-out clip."""


def compare(checkout: Path, features: Path, out: Path, options: list[str]) -> Run:
    """Run the job of a checkout."""
    command = [sys.executable, str(checkout / "jobs" / "compare.py"), "--features", str(features), "--out", str(out), *options]
    cpu_s: dict[int, float] = {}
    started_s = time.monotonic()
    with subprocess.Popen(command, cwd=checkout, env=os.environ | {"PYTHONPATH": str(checkout)}, stdout=subprocess.DEVNULL) as job:  # noqa: S603 - our own job
        while job.poll() is None:
            cpu_s |= seen(job.pid)
            time.sleep(SAMPLE_S)
    seconds = time.monotonic() - started_s
    if job.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {job.returncode}")
    table = pq.read_table(out / "predictions.parquet").sort_by([(name, "ascending") for name in ("model", "run", "fold", "clip_id")])
    columns = [table.column(name).to_numpy() for name in table.column_names if name.startswith("p_")]
    return Run(seconds=seconds, cpu_s=sum(cpu_s.values()), probabilities=np.stack(columns, 1))


def seen(pid: int) -> dict[int, float]:
    """CPU seconds so far of a process and all below it, by process."""
    found = {}
    try:
        processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return {}
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        found[process.pid] = times.user + times.system
    return found


def main() -> None:
    """Print every round, and the medians' ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--against", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=8)
    parser.add_argument("--folds", default="subject")
    parser.add_argument("--preset", default="best")
    arguments = parser.parse_args()
    options = ["--folds", arguments.folds, "--repeats", str(arguments.repeats), "--preset", arguments.preset]
    checkouts = {"here": ROOT, "against": arguments.against.resolve()}
    runs: dict[str, list[Run]] = {name: [] for name in checkouts}
    for number in range(arguments.rounds):
        for name, checkout in checkouts.items() if number % 2 == 0 else reversed(checkouts.items()):
            with tempfile.TemporaryDirectory() as folder:
                run = compare(checkout, arguments.features.resolve(), Path(folder) / "table1", options)
            runs[name].append(run)
            print(f"round {number + 1}  {name:8} {run.seconds:8.1f} s  {run.cpu_s:8.1f} CPU s", flush=True)
    here, against = runs["here"], runs["against"]
    for what in ("seconds", "cpu_s"):
        ratios = [getattr(one, what) / getattr(other, what) for one, other in zip(here, against, strict=True)]
        print(f"{what}: {median(ratios):.2f} of the other's (median of {len(ratios)} rounds)")
    print(f"greatest difference of a probability: {np.abs(here[0].probabilities - against[0].probabilities).max():.2g}")


if __name__ == "__main__":
    main()
