"""How fast `jobs/extract.py` of this and other checkouts is, start-up not counted, and how much memory a worker of it takes."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import pyarrow.dataset as ds

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.cluster.beside import beside

CHECKOUT: Final = Path(__file__).parents[1]
SAMPLE_S: Final = 0.25
"""What a process did since it was looked at last is not counted when it ends."""


@dataclass(frozen=True, kw_only=True)
class JobRun:
    """One run of the job."""

    seconds: float
    """By the run's own record: from the first worker asked for to the last row published."""
    faces: int
    """Frames with a face among the rows it wrote."""
    rows: int
    cpu_s: float
    """Of all its processes together, Ray's own among them."""
    worker_mb: float
    """The most memory that a worker held at once, resident."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What a long run did beyond a short one, so that start and end are not counted."""

    faces_per_s: float
    faces_per_cpu_s: float
    worker_mb: float
    """Of the long run."""


def rates(
    path: Path, folder: Path, selection: Path, options: Sequence[str], clips: tuple[int, int], checkouts: Sequence[Path], turns: int
) -> dict[Path, list[Rate]]:
    """Run the jobs over few and over many copies of a clip, the checkouts in turns, the first of a turn last in the next.

    Args:
        path: the clip.
        folder: for what is written.
        selection: which values of the network are kept.
        options: of the job, which every checkout must know.
        clips: few and many copies.
        checkouts: whose jobs.
        turns: how many.
    """
    found: dict[Path, list[Rate]] = {checkout: [] for checkout in checkouts}
    tables = [_table(path, count, folder) for count in clips]
    for turn in range(turns):
        for place, checkout in list(enumerate(checkouts))[:: -1 if turn % 2 else 1]:
            outs = (folder / f"features-{place}-{turn}-{count}" for count in clips)
            short, long = (run(table, out, selection, options, checkout) for table, out in zip(tables, outs, strict=True))
            found[checkout].append(_beyond(short, long))
    return found


def _beyond(short: JobRun, long: JobRun) -> Rate:
    faces = long.faces - short.faces
    return Rate(
        faces_per_s=faces / (long.seconds - short.seconds), faces_per_cpu_s=faces / (long.cpu_s - short.cpu_s), worker_mb=long.worker_mb
    )


def run(clips: Path, out: Path, selection: Path, options: Sequence[str], checkout: Path = CHECKOUT) -> JobRun:
    """Run the job, of this or another checkout, and watch the memory and the time of its processes."""
    command = [
        sys.executable,
        str(checkout / "jobs" / "extract.py"),
        "--clips",
        str(clips),
        "--selection",
        str(selection),
        "--out",
        str(out),
        *options,
    ]
    watch = _Watch()
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    with subprocess.Popen(  # noqa: S603 - our own job
        command, cwd=checkout, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as job:
        while job.poll() is None:
            watch.sample(job.pid)
            time.sleep(SAMPLE_S)
    if job.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {job.returncode}")
    has_face = ds.dataset(sorted(out.glob("*.parquet"))).to_table(columns=["has_face"])["has_face"]
    record = json.loads(_record(out).read_text())["runs"][-1]
    return JobRun(
        seconds=record["seconds"],
        faces=sum(sum(row.as_py()) for row in has_face),
        rows=len(has_face),
        cpu_s=sum(watch.cpu_s.values()),
        worker_mb=watch.worker_bytes / 2**20,
    )


def _record(out: Path) -> Path:
    """The run's own record: beside the table, or in it, where versions before 0.2.0 put it."""
    return next(path for path in (beside(out) / "run.json", out / "_run.json") if path.exists())


class _Watch:
    """Samples the CPU time and the memory of a job's processes."""

    def __init__(self) -> None:
        self.cpu_s: dict[int, float] = {}
        """By process, when last seen."""
        self.worker_bytes = 0
        """Peak of the largest Ray worker."""

    def sample(self, pid: int) -> None:
        with suppress(psutil.NoSuchProcess):
            job = psutil.Process(pid)
            for process in (job, *job.children(recursive=True)):
                with suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
                    times = process.cpu_times()
                    self.cpu_s[process.pid] = times.user + times.system
                    if process.name().startswith("ray::"):
                        self.worker_bytes = max(self.worker_bytes, _peak_bytes(process.pid))


def _peak_bytes(pid: int) -> int:
    """The most memory that a process has held so far, resident."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return max((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), default=0)


def _table(path: Path, count: int, folder: Path) -> Path:
    """A clips table that names the same file so many times."""
    table = folder / f"clips-{count}.csv"
    table.write_text("clip_id,path\n" + "".join(f"clip{number:05},{path}\n" for number in range(count)))
    return table
