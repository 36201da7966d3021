"""Which columns a table may lack: those that came later, and those of parts that were not extracted; any other one is damage."""

from __future__ import annotations

import pyarrow as pa

from schemas.audio_sets import YAAFE_COLUMNS
from schemas.condition import UNKNOWN_BEFORE


def lacking_columns(found: pa.Schema, schema: pa.Schema) -> set[str]:
    """Which of the schema's columns a part lacks because it was written before them; a column missing by itself is damage.

    0.1.0 said who has sound by a null in alignment alone, and like 0.2.0 at first it did not know of faults.
    """
    groups = [{field.name for field in together if field.name in schema.names} for together in UNKNOWN_BEFORE]
    lacking = {name for names in groups if not names & set(found.names) for name in names}
    if groups[0] <= lacking:
        return lacking | ({"has_sound"} & set(schema.names) - set(found.names))
    return {name for name in lacking if not any(_is_one_letter_off(name, other) for other in found.names)}


def left_out(found: pa.Schema) -> set[str]:
    """Columns of parts that an extraction leaves out when told to: the 27 features, landmarks. One letter off is damage, as above."""
    parts = (YAAFE_COLUMNS, ("shape",))
    return {name for part in parts for name in part if not any(_is_one_letter_off(name, other) or other in part for other in found.names)}


def _is_one_letter_off(a: str, b: str) -> bool:
    """As a flipped bit in a part's footer leaves a column's name."""
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1
