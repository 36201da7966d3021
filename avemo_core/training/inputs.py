"""Which parts of a features table a training reads: those that are asked for, or what models have always read."""

from collections.abc import Collection, Sequence
from typing import Final

from avemo_core.errors import ConfigError
from avemo_core.features.parts import FACE_PARTS, PAPER, audio_sets, check_held, parse_parts, parts_in
from schemas.audio_sets import YAAFE

_EXPECTED: Final = (PAPER, FACE_PARTS, (YAAFE,))
"""What needs no line: the paper's three, or one modality of them, of which another line says that the other is missing."""


def chosen_inputs(asked: str | None, columns: Collection[str], preset: str) -> tuple[str, ...]:
    """The parts to read.

    Args:
        asked: `--inputs`; None: the paper's three, as far as the table holds them. Of a table without yaafe27 preset best reads
            the audio sets that there are in its place.
        columns: of the features table.
        preset: best or paper.

    Raises:
        ConfigError: the table lacks a part, or holds none that the preset reads.
    """
    if asked is not None:
        wanted = parse_parts("--inputs", asked)
        check_held(wanted, columns, f"--inputs {asked}")
        return wanted
    held = parts_in(columns)
    chosen = tuple(part for part in held if part in PAPER)
    if preset != "paper" and not audio_sets(chosen):
        chosen += audio_sets(held)
    if not chosen:
        found = f"{', '.join(held)}; preset best reads these" if held else "no part that a model reads"
        raise ConfigError(f"features: expected {', '.join(PAPER)}, which preset {preset} reads, or some of them, found {found}")
    return chosen


def input_lines(command: str, asked: str | None, reads: Sequence[str], held: Sequence[str]) -> list[str]:
    """What is read, and what the table holds besides; empty of the paper's three where nobody asked.

    Args:
        command: train or compare.
        asked: `--inputs`.
        reads: the parts that are read.
        held: the parts that the features have values of.
    """
    if asked is None and tuple(held) in _EXPECTED:
        return []
    unread = [part for part in held if part not in reads]
    beside = f"; not {', '.join(unread)}, which the features also hold" if unread else ""
    return [f"{command}: reads {', '.join(reads)}{beside}"]
