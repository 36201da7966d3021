"""Make the matrix in a folder, once."""

from collections.abc import Callable
from pathlib import Path

from clock_matrix import cells, colours, film, pairs, special, writers
from clock_matrix.cells import Cell
from clock_matrix.colours import Coloured
from clock_matrix.writers import NotWritten, Program, PyAV

Report = Callable[[str], None]


def at_hand(report: Report) -> list[Program]:
    """The ffmpeg programs; those that are not there are reported."""
    found = []
    for name, program in writers.programs().items():
        if isinstance(program, Program):
            found.append(program)
        else:
            report(f"{name} is not here: {program}")
    return found


def of_clock(folder: Path, programs: list[Program], only: Callable[[str], bool], report: Report) -> list[Cell]:
    """The cells of sound and picture; those that lie in the folder already are taken as they are."""
    if (folder / cells.TRUTH).exists():
        return [cell for cell in cells.read_truth(folder) if only(cell.name)]
    made: list[Cell] = []
    raw = film.raw(folder / "raw")
    for writer in (*programs, PyAV()):
        own = folder / writer.name
        own.mkdir(parents=True, exist_ok=True)
        for pair in pairs.pairs():
            try:
                path = writer.pair(pair, own, raw)
                made.append(Cell(name=pair.name, writer=writer.name, path=f"{own.name}/{path.name}"))
            except NotWritten as error:
                report(f"{writer.name}: {pair.name}: {error}")
    for program in programs:
        bench = special.Workbench(program=program, folder=folder / program.name, raw_folder=folder / "raw", encoders=program.encoders())
        made += special.made(bench, report)
    cells.write_truth(folder, made)
    return [cell for cell in made if only(cell.name)]


def of_colour(folder: Path, programs: list[Program], only: Callable[[str], bool], report: Report) -> list[Coloured]:
    """The clips of colour patches; quick to write, and written each time."""
    made: list[Coloured] = []
    for program in programs:
        (folder / program.name).mkdir(parents=True, exist_ok=True)
        made += colours.made(program, folder / program.name, report)
    return [one for one in made if only(one.name)]
