"""Sound and picture on one clock: how far they are apart in what avemo and others read, over containers, codecs and damage.

    python benchmarks/clock.py [--only "avi h264" "joined"] [--readers avemo,pyav] [--work FOLDER]

A film whose pictures flash when its sound chirps is written by every writer at hand (PyAV; `ffmpeg` on the PATH; the static one of
the package imageio-ffmpeg, or the program that STATIC_FFMPEG names) and read by every reader. Printed as Markdown: milliseconds by
which the sound comes after the picture, 0 being right; and by how many levels of 256 colours are off. With --work, files are kept
in the folder and not written again; delete it to write anew. docs/benchmarks/clock.md explains the figures.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))  # before numpy loads its BLAS
os.environ |= {"OPENCV_FFMPEG_LOGLEVEL": "-8", "SVT_LOG": "1"}

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import av
import av.logging
import cv2
import librosa
import numpy as np

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(1, str(ROOT))

from clock_matrix import colours, film, matrix, measuring, program_reader, readers, tables, torchcodec_reader, writers  # noqa: E402 - after the path
from clock_matrix.cells import Cell  # noqa: E402
from clock_matrix.colours import Coloured  # noqa: E402
from clock_matrix.measuring import Seen  # noqa: E402
from clock_matrix.writers import Program  # noqa: E402

READERS: Final = ("avemo", "pyav", "opencv", "librosa", "torchcodec", "ffmpeg")


def main() -> None:
    """Make the matrix, read it, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="TEXT", help="cells whose name holds one of these")
    parser.add_argument("--readers", default=",".join(READERS), help="some of %(default)s")
    parser.add_argument("--work", type=Path, help="folder for the files; without it they are deleted in the end")
    options = parser.parse_args()
    chosen = options.readers.split(",")
    if unknown := sorted(set(chosen) - set(READERS)):
        parser.error(f"no reader {', '.join(unknown)}; there are {', '.join(READERS)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.work or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        run(folder, chosen, lambda name: not options.only or any(text in name for text in options.only))


def run(folder: Path, chosen: list[str], only: Callable[[str], bool]) -> None:
    """Everything, in a folder."""
    av.logging.set_level(av.logging.PANIC)
    programs = matrix.at_hand(say)
    start = time.perf_counter()
    cells = matrix.of_clock(folder, programs, only, say)
    patches = matrix.of_colour(folder, programs, only, say)
    say(f"{len(cells)} files of the clock, {len(patches)} of colour, in {time.perf_counter() - start:.0f} s")
    reading = Reading(folder, programs)
    chosen = [reader for reader in chosen if reading.has(reader)]
    print(f"{machine(programs)}\n")
    errors: tables.Errors = {}
    for reader in chosen:
        start = time.perf_counter()
        for cell, seen in zip(cells, reading.clock(reader, cells), strict=True):
            errors[cell.name, cell.writer, reader] = measuring.error(seen, cell)
        say(f"{reader}: {time.perf_counter() - start:.0f} s")
    writer_names = list(dict.fromkeys(cell.writer for cell in cells))
    if errors:
        print("\n".join([*tables.summary(errors, chosen), "", *tables.clock(errors, chosen, writer_names)]))
    of_picture = [reader for reader in chosen if reader != "librosa"]
    if patches and of_picture:
        off = {(name, reader): levels for reader in of_picture for name, levels in reading.colour(reader, patches).items()}
        print("\n".join(["", *tables.colour({key: off[key] for key in ordered(off, patches)}, of_picture, list(colours.PATCHES))]))


def ordered(off: dict[tuple[str, str], dict[str, int] | str], patches: Sequence[Coloured]) -> list[tuple[str, str]]:
    """Keys in the order of the clips."""
    at = {patch.name: number for number, patch in enumerate(reversed(patches))}
    return sorted(off, key=lambda key: -at[key[0]])


class Reading:
    """The readers, those in environments of their own among them.

    Args:
        folder: where the files lie.
        programs: the ffmpeg programs; the last reads.
    """

    def __init__(self, folder: Path, programs: list[Program]) -> None:
        self._folder, self._programs = folder, programs
        self._torchcodec: Path | None = None

    def has(self, reader: str) -> bool:
        """Whether it can run here; if not, it is said why."""
        if reader == "torchcodec":
            found = torchcodec_reader.packages(self._folder / "torchcodec")
            answers = torchcodec_reader.answers(found, []) if isinstance(found, Path) else found
            if isinstance(answers, str):
                say(f"torchcodec: {answers}")
                return False
            self._torchcodec = self._folder / "torchcodec"
        return reader != "ffmpeg" or bool(self._programs)

    def clock(self, reader: str, cells: Sequence[Cell]) -> list[Seen]:
        """What a reader makes of each file."""
        if reader == "torchcodec":
            return [torchcodec_reader.as_seen(answer) for answer in self._answers([("clock", cell.path, cell.start_s) for cell in cells])]
        if reader == "ffmpeg":
            return [program_reader.seen(self._programs[-1], self._folder / cell.path, cell.start_s) for cell in cells]
        return [readers.seen(reader, self._folder / cell.path, cell.start_s) for cell in cells]

    def colour(self, reader: str, patches: Sequence[Coloured]) -> dict[str, dict[str, int] | str]:
        """Levels that a reader is off in each clip, the worst of all writers; or its fault."""
        if reader == "torchcodec":
            answers = self._answers([("colour", patch.path, None) for patch in patches])
            pictures = [np.array(answer["rgb"], np.uint8) if "rgb" in answer else None for answer in answers]
        else:
            pictures = [self._picture(reader, self._folder / patch.path) for patch in patches]
        worst: dict[str, dict[str, int] | str] = {}
        for patch, picture in zip(patches, pictures, strict=True):
            before = worst.get(patch.name)
            if picture is None or isinstance(before, str):
                worst[patch.name] = "refused"
                continue
            off = colours.levels_off(picture)
            worst[patch.name] = {kind: max(levels, (before or off)[kind]) for kind, levels in off.items()}
        return worst

    def _picture(self, reader: str, path: Path) -> np.ndarray | None:
        try:
            if reader == "ffmpeg":
                return program_reader.rgb(self._programs[-1], path, film.WIDTH_PX, film.HEIGHT_PX)
            return readers.rgb(reader, path)
        except Exception as error:  # noqa: BLE001 - whatever a reader does, the table goes on
            say(f"{reader}: {path.name}: {error}")
            return None

    def _answers(self, jobs: list[tuple[str, str, float | None]]) -> list[dict[str, object]]:
        assert self._torchcodec is not None  # noqa: S101 - has() was asked
        answers = torchcodec_reader.answers(self._torchcodec, [(what, str(self._folder / path), start_s) for what, path, start_s in jobs])
        if isinstance(answers, str):
            say(f"torchcodec: {answers}")
            return [{"fault": answers} for _ in jobs]
        return answers


def machine(programs: list[Program]) -> str:
    """Who wrote and read."""
    versions = [f"{program.name} {writers.version(program)}" for program in programs]
    return ", ".join(
        [
            f"PyAV {av.__version__}",
            f"OpenCV {cv2.__version__}",
            f"librosa {librosa.__version__}",
            torchcodec_reader.PACKAGE.replace("==", " "),
            *versions,
        ]
    )


def say(text: str) -> None:
    """What is no part of the tables."""
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
