"""What a frame costs: each kernel alone, their sum, `jobs/extract.py` end to end, the machine's peak, and the loops people write today.

Clips are made on the spot from the demo corpus's faces, 25 fps, at 360x270, 1280x720 and 1920x1080, and one of two people, each
of whom gets a row. The kernels are measured in as many processes at once as the job has workers, one thread each. Other checkouts run
the same job over the same clips in turns with this one, each in the precision that it takes by itself unless one is named. Figures of
one run are comparable; those of different runs less so.

    python benchmarks/extract.py [--against CHECKOUT ...] [--turns 3] [--processes 2] [--seconds 8] [--copies 20 100]
        [--sizes 360x270 640x360-two ...] [--clips a.mp4 ...] [--precision int8] [--no-rivals]
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import extract_job
import extract_kernels
import rivals
import talking_clips

from avemo_core.appearance import networks
from cluster.ray.devices import precision_of

FACE_GFLOP = 0.448
"""Multiplications and additions of ResNet-29 up to its feature map, for one face."""
RIVAL_FRAMES = 100
TWO = "-two"
"""At the end of a size: two people are seen."""
OF_A_FRAME = ("decode", "detect", "audio")
"""Kernels that run once a frame, however many faces it has."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """All that was measured on one clip."""

    ms: dict[str, float]
    """Means over the processes, by extract_kernels."""
    jobs: Mapping[Path, Sequence[extract_job.Rate]]
    """Of each checkout, turn by turn; this one is the first."""
    processes: int
    faces: int
    """In each frame."""

    @property
    def sum_ms(self) -> float:
        """CPU milliseconds of a face in a frame if there were nothing but the kernels; faces share what is done once a frame."""
        return sum(self.ms[key] / (self.faces if key in OF_A_FRAME else 1) for key in extract_kernels.KERNELS)

    @property
    def job(self) -> extract_job.Rate:
        """The median turn of this checkout, by frames a CPU second."""
        turns = sorted(next(iter(self.jobs.values())), key=lambda turn: turn.faces_per_cpu_s)
        return turns[len(turns) // 2]

    @property
    def kernels_rate(self) -> float:
        """Frames with a face a second if there were nothing but the kernels."""
        return self.processes * 1e3 / self.sum_ms

    @property
    def peak_share(self) -> float:
        """The rate of the network over that of the machine's matrix product."""
        return self.job.faces_per_s * FACE_GFLOP / (self.processes * self.ms["peak GFLOP/s"])


def main() -> None:
    """Measure every clip, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, nargs="*", default=[], help="other checkouts of avemo")
    parser.add_argument("--turns", type=int, default=1, help="of the jobs, checkout by checkout")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=8.0, help="length of each made clip")
    parser.add_argument("--copies", type=int, nargs=2, default=(20, 100), help="clips in the short and in the long run of the job")
    parser.add_argument("--precision", default="auto", choices=("auto", *networks.PRECISIONS))
    parser.add_argument("--sizes", nargs="*", default=["360x270", "1280x720", "1920x1080", "640x360-two"])
    parser.add_argument("--clips", nargs="*", default=[], type=Path, help="measure these instead")
    parser.add_argument("--no-rivals", action="store_true", help="leave out the loops that people write today")
    options = parser.parse_args()
    python = "left out" if options.no_rivals else rivals.environment()
    with tempfile.TemporaryDirectory() as folder:
        for path in options.clips or _made(Path(folder), options.sizes, options.seconds):
            print(f"\n{path.stem}: {options.processes} processes, one thread each", flush=True)
            _print(_measured(path, Path(folder) / f"job-{path.stem}", options))
            if not options.no_rivals:
                _print_rivals(python, path)


def _made(folder: Path, sizes: list[str], seconds: float) -> Iterator[Path]:
    for size in sizes:
        width, height = (int(side) for side in size.removesuffix(TWO).split("x"))
        yield talking_clips.made(folder, width, height, seconds, two=size.endswith(TWO))


def _measured(path: Path, folder: Path, options: argparse.Namespace) -> Measured:
    folder.mkdir()
    precision = precision_of(options.precision, on_gpu=False)
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        found = pool.starmap(extract_kernels.measured, [(str(path), precision)] * options.processes, chunksize=1)
    selection = folder / "selection.safetensors"
    extract_kernels.every_eighth(networks.load()).save(selection)
    options_of_job = ["--workers", str(options.processes), "--precision", options.precision]
    faces = 2 if path.stem.endswith(TWO) else 1
    options_of_job += ["--faces", "all"] if faces > 1 else []
    checkouts = [extract_job.CHECKOUT, *options.against]
    jobs = extract_job.rates(path, folder, selection, options_of_job, options.copies, checkouts, options.turns)
    ms = {key: float(np.mean([each[key] for each in found])) for key in found[0]}
    return Measured(ms=ms, jobs=jobs, processes=options.processes, faces=faces)


def _print(found: Measured) -> None:
    kernels = {key: found.ms[key] for key in extract_kernels.KERNELS}
    print("  CPU ms a frame: " + "  ".join(f"{key} {value:.2f}" for key, value in kernels.items()))
    print(f"  sum {found.ms['sum']:.2f}; without a job {found.ms['one process']:.2f}; the landmarks alone {found.ms['landmarks']:.2f}")
    job = found.job
    print(f"  the job: {job.faces_per_s:.0f} frames with a face a second, {job.faces_per_s / found.kernels_rate:.0%} of the kernels' rate")
    of_sum = job.faces_per_cpu_s * found.sum_ms / 1e3
    print(f"  {job.faces_per_cpu_s:.0f} a CPU second of all its processes, Ray's too, {of_sum:.0%} of the kernels' rate")
    print(f"  {job.faces_per_s / found.faces * found.ms['decode'] / found.processes / 1e3:.0%} of what decoding alone would reach")
    print(f"  network: {found.peak_share:.2f} of the fp32 matrix peak ({found.ms['peak GFLOP/s']:.0f} GFLOP/s a thread)")
    print(f"  most memory of a worker: {job.worker_mb:.0f} MB", flush=True)
    own = next(iter(found.jobs.values()))
    for checkout, turns in list(found.jobs.items())[1:]:
        ratios = [ours.faces_per_cpu_s / theirs.faces_per_cpu_s for ours, theirs in zip(own, turns, strict=True)]
        rates = ", ".join(f"{theirs.faces_per_cpu_s:.0f}" for theirs in turns)
        memory = statistics.median(ours.worker_mb / theirs.worker_mb for ours, theirs in zip(own, turns, strict=True))
        print(
            f"  against {checkout}: {', '.join(f'{ratio:.2f}' for ratio in ratios)} times its frames a CPU second ({rates}), turn by turn"
        )
        print(f"  {memory:.2f} of its memory", flush=True)


def _print_rivals(python: Path | str, path: Path) -> None:
    for rival, what in rivals.RIVALS.items():
        took = python if isinstance(python, str) else rivals.timed(python, rival, path, RIVAL_FRAMES)
        if isinstance(took, str):
            print(f"  {what}: not measured: {took}", flush=True)
        else:
            faces = f"{took.faces} of {took.frames} frames with a face"
            print(
                f"  {what}: {took.faces_per_cpu_s:.1f} a CPU second, {took.cpu_s / took.frames * 1e3:.1f} ms a frame; {faces}", flush=True
            )


if __name__ == "__main__":
    main()
