"""The schema of the table that an extraction writes."""

import json

import pyarrow as pa

from avemo_core.appearance.selection import Selection
from avemo_core.extraction.parts import Parts
from schemas import features
from schemas.audio import AUDIO_WIDTH


def of(selection: Selection | None, parts: Parts) -> pa.Schema:
    """The schema of a table of these parts.

    Args:
        selection: of the network's values; None: no faces are looked for, and rows are those of sound alone, or a table says what is seen.
        parts: everything else.
    """
    own = parts.face_table
    appearance = features.APPEARANCE_WIDTH if selection is None else len(selection.indices)
    schema = features.schema(
        appearance if own is None else len(own.columns),
        AUDIO_WIDTH if parts.has_yaafe else None,
        parts.audio_sets,
        with_shape=own is None,
    )
    if own is None:
        return schema
    place = schema.get_field_index("appearance")
    meaning = f"values of a table of one's own ({own.kind}), a vector a frame; zeros without a face"
    said = {"unit": "", "meaning": meaning, "columns": json.dumps(own.columns)}
    return schema.set(place, schema.field(place).with_metadata(said))
