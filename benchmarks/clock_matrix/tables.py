"""The tables, as Markdown."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from clock_matrix.measuring import Error

Errors = dict[tuple[str, str, str], Error]
"""By cell, writer and reader."""
SAME_MS: Final = 1.0
"""Writers whose files are read alike within this share a figure."""
NOTABLE_MS: Final = 8.0
"""Half an audio step is 16 ms, half a picture 20 ms; what lies below this is not explained one by one."""
NO_SOUND, NO_PICTURE = ("opencv",), ("librosa",)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A reader's figure in one file."""

    offset_ms: float | None
    uneven_ms: float
    lost: int
    fault: str

    def __str__(self) -> str:
        if self.offset_ms is None:
            return "refused" if self.fault else "none found"
        uneven = f" ±{self.uneven_ms:.0f}" if self.uneven_ms > NOTABLE_MS else ""
        lost = f", {self.lost} lost" if self.lost else ""
        # Minus zero is zero.
        return f"{round(self.offset_ms, 1) + 0.0:.1f}{uneven}{lost}"

    def like(self, other: "Figure") -> bool:
        """Whether they may share a place in the table."""
        if self.offset_ms is None or other.offset_ms is None:
            return str(self) == str(other)
        near = abs(self.offset_ms - other.offset_ms) < SAME_MS and abs(self.uneven_ms - other.uneven_ms) < SAME_MS
        return near and self.lost == other.lost


def figure(error: Error, reader: str) -> Figure:
    """Sound against picture; of a reader that has one of them only, against the true time of the other."""
    uneven_ms = error.uneven_ms or 0.0
    if reader in NO_SOUND:
        return Figure(
            offset_ms=None if error.flash_ms is None else -error.flash_ms, uneven_ms=uneven_ms, lost=error.flashes_lost, fault=error.fault
        )
    if reader in NO_PICTURE:
        return Figure(offset_ms=error.chirp_ms, uneven_ms=0.0, lost=error.chirps_lost, fault=error.fault)
    return Figure(offset_ms=error.worst_ms, uneven_ms=uneven_ms, lost=error.lost, fault=error.fault)


def clock(errors: Errors, readers: Sequence[str], writers: Sequence[str]) -> Iterator[str]:
    """A row for each cell, then the names of those that every reader has right; writers that differ stand in their order."""
    yield from _head(["ms, sound after picture", *(_bold(reader, reader) for reader in readers)])
    right = []
    for name in dict.fromkeys(cell for cell, _, _ in errors):
        of = {reader: [figure(errors[name, by, reader], reader) for by in writers if (name, by, reader) in errors] for reader in readers}
        if all(_is_within(one, SAME_MS) for figures in of.values() for one in figures):
            right.append(name)
        else:
            yield _row([name, *(_bold(reader, _shown(figures)) for reader, figures in of.items())])
    yield from ["", *textwrap.wrap(f"Within 1 ms in all of them: {'; '.join(right) or 'none'}.", 130, break_on_hyphens=False)]


def _shown(figures: Sequence[Figure]) -> str:
    worst = max(figures, key=lambda one: abs(one.offset_ms or 0))
    return str(worst) if all(one.like(figures[0]) for one in figures) else " / ".join(map(str, figures))


def summary(errors: Errors, readers: Sequence[str]) -> Iterator[str]:
    """How many files each reader has right."""
    yield from _head(["", *readers])
    files = len({(cell, writer) for cell, writer, _ in errors})
    of = {reader: [figure(error, reader) for (_, _, by), error in errors.items() if by == reader] for reader in readers}
    limits = {"within 1 ms": 1.0, "within 8 ms": NOTABLE_MS, "within 20 ms": 20.0}
    for says, limit_ms in limits.items():
        yield _row([says, *(str(sum(_is_within(one, limit_ms) for one in of[reader])) for reader in readers)])
    yield _row(
        [
            f"of {files}: refused, or a click lost",
            *(str(sum(one.offset_ms is None or one.lost > 0 for one in of[reader])) for reader in readers),
        ]
    )


def _is_within(one: Figure, limit_ms: float) -> bool:
    return one.offset_ms is not None and not one.lost and abs(one.offset_ms) <= limit_ms and one.uneven_ms <= limit_ms


def colour(off: dict[tuple[str, str], dict[str, int] | str], readers: Sequence[str], kinds: Sequence[str]) -> Iterator[str]:
    """A row for each clip of patches: the worst of each kind, of all writers."""
    yield from _head([f"levels of 256: {', '.join(kinds)}", *(_bold(reader, reader) for reader in readers)])
    for name in dict.fromkeys(cell for cell, _ in off):
        shown = [
            of if isinstance(of, str) else ", ".join(str(of[kind]) for kind in kinds) for of in (off[name, reader] for reader in readers)
        ]
        yield _row([name, *map(_bold, readers, shown)])


def _bold(reader: str, text: str) -> str:
    """Ours stand out."""
    return f"**{text}**" if reader == "avemo" else text


def _head(columns: Sequence[str]) -> Iterator[str]:
    yield _row(columns)
    yield "|---" * len(columns) + "|"


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"
