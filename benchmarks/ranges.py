"""What ranges of one file cost: what each takes to decode wherever it lies, and what a film's ranges move and take through the job.

A film in H.264 and AAC is made on the spot; the job reads it from a real S3 server on this machine, through a proxy that counts.
The job of another checkout, such as that of an earlier version, takes turns with this one's.

    python benchmarks/ranges.py [--minutes 20] [--ranges 300] [--job-ranges 100] [--against ../avemo-before] [--pairs 3]
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import s3fs

sys.path.insert(0, str(Path(__file__).parents[1]))

import extract_job
import extract_kernels
import talking_clips

from avemo_core.appearance import networks
from avemo_core.media import decode
from avemo_core.media.source import CurrentFile
from tests.cluster.store import CREDENTIALS, FaultyProxy, weed

CLIP_S = 30.0
RANGE_S = 2.0
FPS = 5
"""Frames a second that the job looks at: what is measured is reading, not faces."""


def main() -> None:
    """Make the film, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--ranges", type=int, default=300, help="ranges that are decoded")
    parser.add_argument("--job-ranges", type=int, default=100, help="ranges that the job extracts; 0: leave the job out")
    parser.add_argument("--against", type=Path, help="another checkout, whose job takes turns with this one's")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = talking_clips.made(folder, 360, 270, CLIP_S)
        film = talking_clips.repeated(clip, round(options.minutes * 60 / CLIP_S), folder / "film.mp4")
        print(f"film: {options.minutes:g} minutes of 360x270, {film.stat().st_size / 1e6:.1f} MB", flush=True)
        _print_decoding(film, options.minutes * 60, options.ranges)
        if options.job_ranges:
            _print_jobs(film, folder, options)


def starts_s(length_s: float, count: int) -> list[float]:
    """Starts of so many ranges, evenly spread."""
    return [number * (length_s - RANGE_S) / count for number in range(count)]


def _print_decoding(film: Path, length_s: float, count: int) -> None:
    with closing(CurrentFile()) as file:
        began_s = time.process_time()
        frames, seconds = zip(*(_decoded(file, film, start_s) for start_s in starts_s(length_s, count)), strict=True)
        all_s = time.process_time() - began_s
        third = count // 3
        parts = ", ".join(f"{statistics.median(part) * 1e3:.1f}" for part in (seconds[:third], seconds[third:-third], seconds[-third:]))
        print(f"decoded {count} ranges of {RANGE_S:g} s, {sum(frames)} frames: {all_s:.1f} CPU s")
        print(f"  median CPU ms of a range in the film's first, second, last third: {parts}")
        began_s = time.process_time()
        with file.at(str(film)) as source, decode.recording(source, longest_s=2 * length_s) as recording:
            whole = sum(1 for _ in recording.frames())
        print(f"the whole film, {whole} frames, once: {time.process_time() - began_s:.1f} CPU s", flush=True)


def _decoded(file: CurrentFile, film: Path, start_s: float) -> tuple[int, float]:
    """Frames of a range, and the seconds they took."""
    began_s = time.process_time()
    with file.at(str(film)) as source, decode.recording(source, start_s=start_s, stop_s=start_s + RANGE_S) as recording:
        frames = sum(1 for _ in recording.frames())
    return frames, time.process_time() - began_s


def _print_jobs(film: Path, folder: Path, options: argparse.Namespace) -> None:
    extract_kernels.every_eighth(networks.load()).save(folder / "selection.safetensors")
    clips = folder / "clips.csv"
    rows = [f"range{place:04},s3://films/film.mp4,{start_s},{start_s + RANGE_S}\n" for place, start_s in _job_starts(options)]
    clips.write_text("clip_id,path,start_s,stop_s\n" + "".join(rows))
    (folder / "store").mkdir()
    with weed(folder / "store") as endpoint, FaultyProxy(endpoint).running() as proxy:
        os.environ |= CREDENTIALS | {"AWS_ENDPOINT_URL": proxy.endpoint}
        s3fs.S3FileSystem().mkdir("films")
        s3fs.S3FileSystem().put_file(str(film), "films/film.mp4")
        for workers in options.workers:
            for pair in range(options.pairs):
                for checkout in filter(None, (options.against, extract_job.CHECKOUT)):
                    _print_job(proxy, clips, folder / f"out-{workers}-{pair}-{checkout.name}", workers, checkout, film.stat().st_size)


def _job_starts(options: argparse.Namespace) -> list[tuple[int, float]]:
    return list(enumerate(starts_s(options.minutes * 60, options.job_ranges)))


def _print_job(proxy: FaultyProxy, clips: Path, out: Path, workers: int, checkout: Path, film_bytes: int) -> None:
    proxy.given_bytes.clear()
    options = ["--workers", str(workers), "--fps", str(FPS)]
    done = extract_job.run(clips, out, clips.parent / "selection.safetensors", options, checkout)
    moved = proxy.given_bytes["/films/film.mp4"]
    print(
        f"{checkout.name}, {workers} worker(s): {done.rows} rows, {moved / 1e6:,.0f} MB moved ({moved / film_bytes:.2f} films), "
        f"{done.seconds:.1f} s, {done.cpu_s:.0f} CPU s",
        flush=True,
    )


if __name__ == "__main__":
    main()
