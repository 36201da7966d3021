"""The ffmpeg program as a reader: pictures and sound as it writes them by itself, to formats without time stamps."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy import ndarray
from scipy.io import wavfile

from clock_matrix.measuring import Seen, chirps_s, flashes_s
from clock_matrix.writers import PROGRAM_S, Program


def seen(program: Program, path: Path, start_s: float | None = None) -> Seen:
    """Picture i at i / rate, sample i at i / rate: `ffmpeg -i FILE out.y4m out.wav`, with its own ways to keep them together."""
    with tempfile.TemporaryDirectory() as folder:
        pictures, sound = Path(folder) / "out.y4m", Path(folder) / "out.wav"
        seek = [] if start_s is None else ["-ss", str(start_s)]
        command = [
            program.path,
            "-hide_banner",
            "-loglevel",
            "fatal",
            "-nostdin",
            *seek,
            "-i",
            str(path),
            "-map",
            "0:v:0",
            "-pix_fmt",
            "gray",
        ]
        more = ["-strict", "-1", str(pictures), "-map", "0:a:0", "-c:a", "pcm_s16le", "-ac", "1", str(sound)]
        done = subprocess.run([*command, *more], capture_output=True, text=True, errors="replace", check=False, timeout=PROGRAM_S)  # noqa: S603 - the readers
        if not (_has_bytes(pictures) and _has_bytes(sound)):
            return Seen(fault=(done.stderr.strip() or f"ended with {done.returncode}").splitlines()[-1])
        flashes, numbers = flashes_s((time_s + (start_s or 0.0), gray) for time_s, gray in _y4m(pictures))
        rate_hz, samples = wavfile.read(sound)
    return Seen(flashes_s=flashes, chirps_s=tuple((start_s or 0.0) + at for at in chirps_s(samples / 32768, rate_hz)), numbers=numbers)


def _has_bytes(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _y4m(path: Path) -> Iterator[tuple[float, ndarray]]:
    with path.open("rb") as file:
        told = {word[:1]: word[1:].decode() for word in file.readline().split()[1:]}
        width, height = int(told[b"W"]), int(told[b"H"])
        above, below = map(int, told[b"F"].split(":"))
        number = 0
        while file.readline():
            yield number * below / above, np.frombuffer(file.read(width * height), np.uint8).reshape(height, width)
            number += 1


def rgb(program: Program, path: Path, width: int, height: int) -> ndarray:
    """The third picture, by `-f rawvideo -pix_fmt rgb24`.

    Raises:
        ValueError: the program gave none.
    """
    command = [program.path, "-hide_banner", "-loglevel", "fatal", "-nostdin", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=PROGRAM_S)  # noqa: S603 - the readers
    size = 3 * width * height
    return np.frombuffer(done.stdout[2 * size : 3 * size], np.uint8).reshape(height, width, 3)
