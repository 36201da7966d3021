"""What can be learned from the clips of a features table: which modalities, and whether there are emotions to tell apart."""

from collections.abc import Collection, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.errors import ConfigError
from avemo_core.features.parts import PAPER, audio_sets, is_of_face, parts_in
from avemo_core.features.preprocess.config import Modalities
from avemo_core.features.preprocess.modalities import coverage_of, modalities_of

COVERAGES: Final = (coverage_of("face"), coverage_of("sound"))
"""The columns of a features table that say which modalities a clip has."""


def learnable_modalities(rows: pa.Table, clip_ids: Sequence[str], parts: Sequence[str] = PAPER) -> Modalities:
    """The modalities that any of the clips has, of parts that are read: that one clip lacks one is no reason to read it in none.

    Args:
        rows: clip_id and `COVERAGES` of a features table.
        clip_ids: the clips that are learned from.
        parts: those that are to be read.

    Raises:
        ConfigError: none of them has a face or sound, or none that would be read.
    """
    has_face, has_sound = _has(rows.filter(pc.is_in(rows.column("clip_id"), value_set=pa.array(clip_ids, pa.string()))))
    reads_face, reads_sound = any(map(is_of_face, parts)), bool(audio_sets(parts))
    if (has_face or has_sound) and not (has_face and reads_face) and not (has_sound and reads_sound):
        has = "a face" if has_face else "sound"
        raise ConfigError(f"--inputs {','.join(parts)}: expected clips with any of it to learn from, found {has} alone: name parts of that")
    return modalities_of(has_sound=has_sound and reads_sound, has_face=has_face and reads_face)


def parts_with_values(rows: pa.Table, columns: Collection[str]) -> tuple[str, ...]:
    """The parts of which any row has a value: of sound files alone a table has the columns of faces as well, all empty.

    Args:
        rows: `COVERAGES` of a features table.
        columns: all that it has.
    """
    has_face, has_sound = _has(rows)
    return tuple(part for part in parts_in(columns) if (has_face if is_of_face(part) else has_sound))


def _has(rows: pa.Table) -> tuple[bool, bool]:
    """Whether any of the rows has a face, and whether any has sound."""
    # Where nobody decoded the sound no share of it is known: whatever there is of it is learned from.
    known = (pc.fill_null(pc.greater(rows.column(name), 0), fill_value=True) for name in COVERAGES)
    has_face, has_sound = (bool(pc.any(each).as_py()) for each in known)
    return has_face, has_sound


def check_emotions(labels: Collection[str]) -> None:
    """Refuse clips of one emotion.

    Raises:
        ConfigError: names it.
    """
    if len(set(labels)) < 2:
        raise ConfigError(f"label: expected clips of at least two emotions to tell apart, found only {', '.join(set(labels))}")
