"""torchcodec as a reader, in a folder of packages of its own: it needs FFmpeg's shared libraries, and to be of torch's age.

    PYTHONPATH=PACKAGES:benchmarks python -m clock_matrix.torchcodec_reader < JOBS

JOBS is a list of [what, path, start_s] as JSON, where what is clock or colour; one answer a line comes out.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy import ndarray

from clock_matrix.measuring import Seen, chirps_s, flashes_s

if TYPE_CHECKING:
    from torchcodec.decoders import VideoDecoder

PACKAGE: Final = "torchcodec==0.12.0"
"""The last whose wheel loads without CUDA's libraries."""


def packages(folder: Path) -> Path | str:
    """Folder with the package, installed there when it is first needed; or why it is not."""
    if not (folder / "torchcodec").exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the package above
        if done.returncode:
            return f"pip could not install {PACKAGE}: {done.stderr.strip().splitlines()[-1]}"
    return folder


def answers(installed: Path, jobs: list[tuple[str, str, float | None]]) -> list[dict[str, object]] | str:
    """What torchcodec makes of each file, or why it did not run."""
    here = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{installed}:{here}"}
    command = [sys.executable, "-m", "clock_matrix.torchcodec_reader"]
    done = subprocess.run(command, input=json.dumps(jobs), env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - this file
    if done.returncode:
        return (done.stderr.strip() or f"ended with {done.returncode}").splitlines()[-1]
    return [json.loads(line) for line in done.stdout.splitlines()]


def as_seen(answer: dict[str, object]) -> Seen:
    """An answer about the clock."""
    of = {
        key: tuple(tuple(one) if isinstance(one, list) else one for one in value)
        for key, value in answer.items()
        if isinstance(value, list)
    }
    return Seen(**{**answer, **of})  # type: ignore[arg-type]


def clock(path: str, start_s: float | None) -> Seen:
    """Pictures by `pts_seconds`, sound as one array from its `pts_seconds` on."""
    from torchcodec.decoders import AudioDecoder, VideoDecoder  # noqa: PLC0415 - only in its own environment

    pictures = ((time_s, gray) for time_s, gray in _pictures(VideoDecoder(path, num_ffmpeg_threads=1)) if time_s >= (start_s or -np.inf))
    flashes, numbers = flashes_s(pictures)
    audio = AudioDecoder(path)
    samples = audio.get_all_samples() if start_s is None else audio.get_samples_played_in_range(start_s)
    chirps = chirps_s(samples.data.mean(dim=0).numpy(), samples.sample_rate)
    return Seen(flashes_s=flashes, chirps_s=tuple(float(samples.pts_seconds) + at for at in chirps), numbers=numbers)


def _pictures(video: "VideoDecoder") -> Iterator[tuple[float, ndarray]]:
    for at in range(len(video)):
        try:
            frame = video.get_frame_at(at)
        except RuntimeError:
            # Of many files it promises one picture more than it gives.
            return
        yield float(frame.pts_seconds), frame.data[1].numpy()


def colour(path: str) -> ndarray:
    """The third picture."""
    from torchcodec.decoders import VideoDecoder  # noqa: PLC0415 - only in its own environment

    return VideoDecoder(path, num_ffmpeg_threads=1).get_frame_at(2).data.permute(1, 2, 0).numpy()


def main() -> None:
    """Answer each job."""
    for what, path, start_s in json.load(sys.stdin):
        try:
            answer = asdict(clock(path, start_s)) if what == "clock" else {"rgb": colour(path).tolist()}
        except Exception as error:  # noqa: BLE001 - whatever a reader does, the table goes on
            answer = {"fault": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
