"""What can be learned from the clips of a features table: which modalities, and whether there are emotions to tell apart."""

from collections.abc import Collection, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.errors import ConfigError
from avemo_core.features.preprocess.config import Modalities
from avemo_core.features.preprocess.modalities import coverage_of, modalities_of

COVERAGES: Final = (coverage_of("face"), coverage_of("sound"))
"""The columns of a features table that say which modalities a clip has."""


def learnable_modalities(rows: pa.Table, clip_ids: Sequence[str]) -> Modalities:
    """The modalities that any of the clips has: that one clip lacks one is no reason to read it in none.

    Args:
        rows: clip_id and `COVERAGES` of a features table.
        clip_ids: the clips that are learned from.

    Raises:
        ConfigError: none of them has a face or sound.
    """
    rows = rows.filter(pc.is_in(rows.column("clip_id"), value_set=pa.array(clip_ids, pa.string())))
    has_face, has_sound = (bool(pc.any(pc.greater(rows.column(name), 0)).as_py()) for name in COVERAGES)
    return modalities_of(has_sound=has_sound, has_face=has_face)


def check_emotions(labels: Collection[str]) -> None:
    """Refuse clips of one emotion.

    Raises:
        ConfigError: names it.
    """
    if len(set(labels)) < 2:
        raise ConfigError(f"label: expected clips of at least two emotions to tell apart, found only {', '.join(set(labels))}")
