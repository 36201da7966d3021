"""Drive simulated clips through the real driver, storage and Ray actors: dispatch rate, memory, resume time, parts.

The stub extractor stands in for decoding and networks only: it sleeps as long as it is told, and fails as real ones do.
Half of the clips are done by a first run; a second run finds them done, and does the other half.

    python benchmarks/driver.py --clips 1000000
    python benchmarks/driver.py --clips 1000000 --corrections
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import tyro

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.corpora.clip import Clip
from benchmarks.corrections import measure
from cluster.pool.run import PoolOptions, RunSummary, run
from cluster.pool.work import Outcome
from cluster.progress import Progress
from cluster.ray.session import session
from cluster.storage.location import open_folder
from cluster.tables.parts import part_entries
from cluster.tables.rejects import Rejected
from cluster.tables.table import open_table
from schemas.columns import column
from schemas.rejects import Reason

SCHEMA: Final = pa.schema(
    [
        column("clip_id", pa.string(), "", "id of the row"),
        column("source_id", pa.string(), "", "id of the clip"),
        column("values", pa.list_(pa.float16()), "", "random values, which do not compress"),
    ]
)

VALUES: Final = 128
"""Values of a row: 256 bytes."""

CORRUPT_EVERY: Final = 100
KILLS_EVERY: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class Options:
    """Of the benchmark."""

    clips: int = 100_000
    workers: int = 4
    chunk_clips: int = 128
    clip_s: float = 0.0005
    """Time the stub sleeps for a clip."""
    out: str | None = None
    """Where the table goes; none: a temporary folder, deleted at the end."""
    corrections: bool = False
    """Instead, the second run on a table in which a few clips were corrected (benchmarks/corrections.py)."""


class StubExtractor:
    """Sleeps for each chunk; one clip in a hundred is corrupt, one in a hundred thousand ends the process."""

    def __init__(self, clip_s: float) -> None:
        self._clip_s = clip_s
        self._noise = np.random.default_rng(0)

    def rows(self, chunk: Sequence[Clip]) -> Iterator[Outcome]:
        """One table for the good clips of the chunk, a reject for each corrupt one."""
        time.sleep(self._clip_s * len(chunk))
        numbers = [int(clip.source_id.rsplit("-", 1)[1]) for clip in chunk]
        if any(number % KILLS_EVERY == KILLS_EVERY - 1 for number in numbers):
            os.kill(os.getpid(), signal.SIGKILL)
        good = [clip.source_id for clip, number in zip(chunk, numbers, strict=True) if number % CORRUPT_EVERY]
        for clip, number in zip(chunk, numbers, strict=True):
            if number % CORRUPT_EVERY == 0:
                yield Rejected(source_id=clip.source_id, uri=clip.uri, stage="decode", reason=Reason.DECODE_FAILED, detail="simulated")
        if good:
            values = self._noise.standard_normal(len(good) * VALUES).astype(np.float16)
            lists = pa.ListArray.from_arrays(np.arange(len(good) + 1, dtype=np.int32) * VALUES, values)
            yield pa.table({"clip_id": good, "source_id": good, "values": lists}, schema=SCHEMA)


class Corpus:
    """Clips made as they are asked for; notes when it was asked for the first clip that a half-done table lacks."""

    def __init__(self, clips: int, noted: int = 0) -> None:
        self._clips, self._noted = clips, noted
        self.noted_s = 0.0

    def __iter__(self) -> Iterator[Clip]:
        """The clips in order."""
        for number in range(self._clips):
            if number == self._noted:
                self.noted_s = time.monotonic()
            prefix = hashlib.blake2s(str(number // 1000).encode(), digest_size=4).hexdigest()
            yield Clip(source_id=f"corpus/{prefix}/clip-{number}", uri=f"s3://bucket/corpus/{prefix}/clip-{number}.mp4")

    def __length_hint__(self) -> int:
        """How many clips there are."""
        return self._clips


def main(options: Options) -> None:
    """Run what is asked for and print the figures."""
    out = options.out or tempfile.mkdtemp(prefix="avemo-driver-")
    if options.corrections:
        measure(Path(out), options.clips, options.workers)
    else:
        _dispatch(Path(out), options)
    if options.out is None:
        shutil.rmtree(Path(out))


def _dispatch(folder: Path, options: Options) -> None:
    out = str(folder)
    with session(num_cpus=options.workers):
        first = _timed_run(out, Corpus(options.clips // 2), options)
        corpus = Corpus(options.clips, options.clips // 2)
        began_s = time.monotonic()
        second = _timed_run(out, corpus, options)
    parts = part_entries(open_folder(out))
    megabytes = sum(part.size_bytes for part in parts) / 2**20
    clips_per_s = (first.clips_per_s + second.clips_per_s) / 2
    print(f"clips              {options.clips:,}: {first.done + second.done:,} done, {_rejects(first) + _rejects(second):,} rejected")
    print(f"dispatched         {first.clips_per_s:,.0f} and {second.clips_per_s:,.0f} clips/s, mean {clips_per_s:,.0f}")
    print(f"resumed            {corpus.noted_s - began_s:.1f} s until the first clip that {second.skipped:,} done ones left")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"driver's time      {(used.ru_utime + used.ru_stime) / options.clips * 1e6:.0f} us of a core for each clip")
    print(f"driver's memory    {used.ru_maxrss / 2**20:.2f} GiB at most")
    print(f"parts              {len(parts)}, {megabytes:,.0f} MiB, {megabytes / len(parts):.1f} MiB each")


def _timed_run(out: str, corpus: Corpus, options: Options) -> RunSummary:
    pool = PoolOptions(workers=options.workers, chunk_clips=options.chunk_clips)
    with open_table(out, SCHEMA, {"benchmark": "driver"}) as table:
        summary = run(corpus, factory=partial(StubExtractor, options.clip_s), table=table, options=pool, progress=Progress("simulate"))
    print(summary.line())
    return summary


def _rejects(summary: RunSummary) -> int:
    return sum(summary.rejected.values())


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
