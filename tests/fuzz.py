"""Try thousands of hostile files on the decoder, and on the whole way from clips to features; print what became of them.

`make fuzz` runs `python -m tests.fuzz`: first every input is decoded in watched processes, where a death, a silence, an
error that is no reject, or too much memory is a failure. Then they go through the real driver and real workers on a Ray of
this machine: every input must come out as one row or one reject, exactly once; a part of them once more, divided into segments.
Input number i of a seed is always the same bytes.
"""

# ruff: noqa: T201 - it reports on the console
import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from cluster.extract.job import ExtractOptions, extract
from schemas.rejects import Reason
from tests.avemo_core.media.hostile.decode_process import RAISED, ROW
from tests.avemo_core.media.hostile.inputs import Input, input_at
from tests.avemo_core.media.hostile.watch import CRASHED, HUNG, Outcome, watched
from tests.cluster.beside import beside

MEMORY_LIMIT_BYTES: Final = 3 * 2**30
"""FFmpeg zeroes what a chunk claims to need, up to 2 GiB, before it checks whether it is there."""
DEADLINE_S: Final = 60.0
HOSTILE_IDS: Final = ("{}", "../../{}", "/etc/{}", "..\\{}", "a/../../b/{}", "{}\n..", "%2e%2e%2f{}", "{};rm -rf x", "\u202e{}")
"""Ids that would do harm as paths or commands; an id is neither."""


def decoded(places: Sequence[int], seed: int, processes: int) -> list[str]:
    """Decode every input in watched processes; what went wrong, in words."""
    start_s = time.monotonic()
    outcomes = list(watched(places, seed=seed, processes=processes, deadline_s=DEADLINE_S))
    seconds = time.monotonic() - start_s
    counts = Counter(each.outcome for each in outcomes)
    print(f"decoding: {len(outcomes)} inputs in {seconds:.0f} s by {processes} processes ({len(outcomes) / seconds:.0f}/s)")
    _show(counts, (ROW, CRASHED, HUNG, RAISED))
    heaviest, slowest = max(outcomes, key=lambda each: each.peak_bytes), max(outcomes, key=lambda each: each.seconds)
    print(f"  most memory {heaviest.peak_bytes / 2**20:.0f} MiB (input {heaviest.place}: {input_at(heaviest.place, seed).story})")
    print(f"  longest {slowest.seconds:.1f} s (input {slowest.place}: {input_at(slowest.place, seed).story})")
    return [*_wrong(outcomes, seed), *_lost(places, [each.place for each in outcomes])]


def extracted(places: Sequence[int], seed: int, *, in_segments: bool = False) -> list[str]:
    """Send every input through driver and workers, whole or in segments, with every face; what went wrong, in words."""
    with tempfile.TemporaryDirectory(prefix="avemo-fuzz-") as folder:
        clips, out = Path(folder) / "clips", Path(folder) / "deep" / "down" / "features"
        clips.mkdir()
        ids = {place: HOSTILE_IDS[place % len(HOSTILE_IDS)].format(place) for place in places}
        table = Path(folder) / "clips.parquet"
        pd.DataFrame([_written(clips / str(place), ids[place], input_at(place, seed)) for place in places]).to_parquet(table)
        start_s = time.monotonic()
        division: dict[str, str] = {"segment": "1s", "stride": "0.5s", "faces": "all"} if in_segments else {}
        extract(ExtractOptions(clips=str(table), out=str(out), selection="all", **division))  # type: ignore[arg-type]
        way = "extracting in segments" if in_segments else "extracting"
        print(f"{way}: {len(places)} inputs in {time.monotonic() - start_s:.0f} s, by the driver on {os.cpu_count()} cores")
        rows, rejects = pd.read_parquet(out, columns=["clip_id", "source_id"]), pd.read_parquet(beside(out) / "rejects")
        strays = [source for source in ids.values() if (out / source).exists()]
    _show(
        Counter(rejects["reason"]) + Counter({ROW: rows["source_id"].nunique()}), (ROW, Reason.WORKER_DIED, Reason.DEADLINE, Reason.FAILED)
    )
    failed = rejects[rejects["reason"].isin([Reason.FAILED, Reason.WORKER_DIED, Reason.DEADLINE])]
    return [
        *(f"{row.source_id!r}: {row.reason}: {row.detail}" for row in failed.itertuples()),
        *(f"{reason} is no reason of the list" for reason in set(rejects["reason"]) - set(Reason)),
        *(f"{stray!r} became a file" for stray in strays),
        *(f"row {clip_id!r} came twice" for clip_id in rows["clip_id"][rows["clip_id"].duplicated()]),
        *_lost(list(ids.values()), [*rows["source_id"].unique(), *rejects["source_id"]]),
    ]


def _written(path: Path, clip_id: str, hostile: Input) -> dict[str, object]:
    path.write_bytes(hostile.data)
    return {"clip_id": clip_id, "path": str(path), "start_s": hostile.start_s, "stop_s": hostile.stop_s}


def _wrong(outcomes: Iterable[Outcome], seed: int) -> list[str]:
    bad = [each for each in outcomes if each.outcome in {CRASHED, HUNG, RAISED} or each.peak_bytes > MEMORY_LIMIT_BYTES]
    stories = [input_at(each.place, seed).story for each in bad]
    return [f"input {each.place} of seed {seed} ({story}): {each}" for each, story in zip(bad, stories, strict=True)]


def _lost(asked: Sequence[object], answered: Sequence[object]) -> list[str]:
    counts = Counter(answered)
    return [f"{each!r} came out {counts[each]} times" for each in asked if counts[each] != 1]


def _show(counts: Counter[str], always: Sequence[str]) -> None:
    for outcome in sorted({*counts, *always}, key=lambda each: -counts[each]):
        print(f"  {counts[outcome]:7d}  {outcome}")


def main() -> None:
    """Run both, and end with exit code 1 when anything went wrong."""
    parser = argparse.ArgumentParser(description="Try hostile files on the decoder and on the driver.")
    parser.add_argument("--inputs", type=int, default=10_000, help="how many are decoded")
    parser.add_argument("--driven", type=int, default=10_000, help="how many go through the driver")
    parser.add_argument("--cut", type=int, default=1_000, help="how many go through it in segments, a row for each face")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other inputs")
    asked = parser.parse_args()
    os.environ["SVT_LOG"] = "0"
    faults = decoded(range(asked.first, asked.first + asked.inputs), asked.seed, os.cpu_count() or 1) if asked.inputs else []
    faults += extracted(range(asked.first, asked.first + asked.driven), asked.seed) if asked.driven else []
    faults += extracted(range(asked.first, asked.first + asked.cut), asked.seed, in_segments=True) if asked.cut else []
    print(f"{asked.inputs} inputs decoded, {asked.driven} driven, {asked.cut} driven in segments, {len(faults)} faults")
    sys.exit("\n".join(faults) or 0)


if __name__ == "__main__":
    main()
