"""A second run on a table of many clips of which a few were corrected: how long it takes, and in how much memory.

The table is written as it would lie there: parts of 128 clips, as many as features of 64 MiB have, and an empty file for each clip (a
thousand links to one, which are sooner made). Then labels, paths, rows and files are changed, and a run of its own process reads the
csv, corrects the table, and does what is to be done again with a stub.

    python benchmarks/driver.py --clips 1000000 --corrections
"""

from __future__ import annotations

import csv
import hashlib
import multiprocessing
import os
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from avemo_core.corpora.clip import Clip
from avemo_core.corpora.clips_table import clips_of, understand_clips
from avemo_core.corpora.file_order import by_file
from cluster.extract.corrections import correct
from cluster.pool.run import PoolOptions, run
from cluster.pool.work import Outcome
from cluster.progress import Progress
from cluster.ray.session import session
from cluster.tables.parquet import encode, part_name
from cluster.tables.table import open_table
from schemas.columns import column
from schemas.emotions import EMOTIONS
from schemas.identity import IDENTITY

SCHEMA: Final = pa.schema(
    [
        *IDENTITY,
        column("content_sha256", pa.string(), "", "of an empty file"),
        column("values", pa.list_(pa.float16()), "", "random values, which do not compress"),
    ]
)
FINGERPRINT: Final = {"benchmark": "corrections"}
VALUES, OF_A_PART, OF_A_FOLDER, OF_A_PERSON = 128, 128, 1000, 100
CHANGES: Final = 10
"""Of each kind."""

_COLUMNS: Final = ("clip_id", "path", "label", "split", "subject")
_EMPTY: Final = hashlib.sha256().hexdigest()


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds of each step of the second run, and its peak."""

    read_s: float
    correct_s: float
    run_s: float
    driver_gib: float
    driver_cpu_s: float
    """Of a core; on a busy machine the better measure."""
    done: int

    def lines(self) -> Iterator[str]:
        """As a reader wants them."""
        whole_s = self.read_s + self.correct_s + self.run_s
        yield f"second run         {whole_s:.1f} s"
        yield f"                   {self.read_s:.1f} s the csv, {self.correct_s:.1f} s corrections, {self.run_s:.1f} s Ray and the run"
        yield f"driver's time      {self.driver_cpu_s:.1f} s of a core"
        yield f"driver's memory    {self.driver_gib:.2f} GiB at most"
        yield f"done again         {self.done:,} clips"


class RowStub:
    """A row of random values for each clip."""

    def rows(self, chunk: Sequence[Clip]) -> Iterator[Outcome]:
        """One table for the chunk."""
        yield _rows([(c.source_id, c.uri, c.label, c.split, c.subject) for c in chunk], np.random.default_rng(0))


def measure(folder: Path, clips: int, workers: int) -> None:
    """Make a table of so many clips, correct it in a process of its own, check that nothing else moved, and print the figures."""
    rows = list(_clips(folder, clips))
    out = folder / "out"
    _make(out, rows)
    _run(out, _written(folder / "clips.csv", rows), workers)
    before = {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(out)}
    measured = _run(out, _written(folder / "corrected.csv", _edited(rows)), workers)
    after = {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(out)}
    for line in measured.lines():
        print(line)
    changed = sum(before[name] != after.get(name) for name in before)
    print(f"parts              {changed:,} of {len(before):,} written anew, {len(after.keys() - before.keys()):,} new")


def _clips(folder: Path, clips: int) -> Iterator[list[str]]:
    for number in range(clips):
        split = ("train", "train", "val", "test")[number // OF_A_PERSON % 4]
        path = folder / "corpus" / f"{number // OF_A_FOLDER:05}" / f"clip-{number}.mp4"
        yield [f"clip-{number}", str(path), EMOTIONS[number % len(EMOTIONS)], split, f"person-{number // OF_A_PERSON}"]


def _make(out: Path, rows: Sequence[Sequence[str]]) -> None:
    noise = np.random.default_rng(0)
    with open_table(str(out), SCHEMA, FINGERPRINT):
        pass
    out.mkdir()
    for start in range(0, len(rows), OF_A_PART):
        some = rows[start : start + OF_A_PART]
        for row in some:
            _link(row[1])
        (out / part_name(row[0] for row in some)).write_bytes(encode(_rows(some, noise)))


def _link(path: str) -> None:
    folder = path.rpartition("/")[0]
    try:
        os.link(f"{folder}/empty", path)
    except FileNotFoundError:
        _write(f"{folder}/empty")
        os.link(f"{folder}/empty", path)


def _write(path: str, content: bytes = b"", time_ns: int | None = None) -> None:
    """A file of its own at a path."""
    Path(path).unlink(missing_ok=True)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content)
    if time_ns is not None:
        os.utime(path, ns=(time_ns, time_ns))


def _rows(clips: Sequence[Sequence[Any]], noise: np.random.Generator) -> pa.Table:
    names, paths, labels, splits, subjects = zip(*clips, strict=True)
    count = len(names)
    values = noise.standard_normal(count * VALUES).astype(np.float16)
    lists = pa.ListArray.from_arrays(np.arange(count + 1, dtype=np.int32) * VALUES, values)
    columns = [names, names, paths, labels, splits, subjects, [0.0] * count, [4.0] * count, [_EMPTY] * count, lists]
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def _edited(rows: Sequence[list[str]]) -> list[list[str]]:
    """Ten labels, ten paths, ten rows taken out, ten files of another content, ten touched: far from each other."""
    step = len(rows) // (5 * CHANGES + 1)
    rows, gone = [list(row) for row in rows], set()
    for number in range(CHANGES):
        label, path, removed, replaced, touched = (1 + step * (5 * number + kind) for kind in range(5))
        rows[label][2] = "sad" if rows[label][2] != "sad" else "happy"
        rows[path][1] = rows[path][1].replace(".mp4", "-v2.mp4")
        _write(rows[path][1])
        gone.add(removed)
        _write(rows[replaced][1], b"another content")
        _write(rows[touched][1], time_ns=0)
    return [row for index, row in enumerate(rows) if index not in gone]


def _written(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows(rows)
    return path


def _run(out: Path, clips: Path, workers: int) -> Measured:
    process = multiprocessing.get_context("spawn").Pool(1)  # its peak is its own
    measured: Measured = process.apply(_corrected, (str(out), str(clips), workers))
    process.close()
    process.join()
    return measured


def _corrected(out: str, location: str, workers: int) -> Measured:
    began_s = time.monotonic()
    clips = understand_clips(location).table
    read_s = time.monotonic()
    with open_table(out, SCHEMA, FINGERPRINT) as table, session(num_cpus=workers):
        session_s = time.monotonic()
        correct(table, clips, out, is_whole=True, accepted=False)
        correct_s = time.monotonic()
        options = PoolOptions(workers=workers, files_together=True)
        summary = run(clips_of(by_file(clips)), factory=RowStub, table=table, options=options, progress=Progress("again", clips.num_rows))
    ended_s, used = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    print(summary.line())
    return Measured(
        read_s=read_s - began_s,
        correct_s=correct_s - session_s,
        run_s=ended_s - correct_s + session_s - read_s,
        driver_gib=used.ru_maxrss / 2**20,
        driver_cpu_s=used.ru_utime + used.ru_stime,
        done=summary.done,
    )
