"""The files of the matrix and what is true of each, on disk and in one list."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from clock_matrix import film

TRUTH: Final = "truth.json"
Clicks = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A file of known times."""

    name: str
    writer: str
    path: str
    """Relative to the folder that holds the truth."""
    clicks_s: Clicks = tuple((click, click) for click in film.CLICKS_S)
    """True times of flash and chirp, on the file's own clock: 0 is where its presentation starts."""
    is_numbered: bool = True
    """Whether picture n comes n / 25 s after picture 0."""
    start_s: float | None = None
    """Read from here on; None: the whole file."""


def write_truth(folder: Path, cells: Iterable[Cell]) -> None:
    """Put the list down."""
    folder.joinpath(TRUTH).write_text(json.dumps([asdict(cell) for cell in cells], indent=1))


def read_truth(folder: Path) -> list[Cell]:
    """The list as it was put down."""
    return [
        Cell(**{**row, "clicks_s": tuple((flash, chirp) for flash, chirp in row["clicks_s"])})
        for row in json.loads(folder.joinpath(TRUTH).read_text())
    ]


def clicks_s(periods: int = 1, *, flash_late_s: float = 0.0, chirp_late_s: float = 0.0, after_s: float = -1.0) -> Clicks:
    """True times of a film of so many periods; those before a time are left out."""
    return tuple((click + flash_late_s, click + chirp_late_s) for click in film.clicks_s(periods) if click > after_s)
