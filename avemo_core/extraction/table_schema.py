"""The schema of the table that an extraction writes."""

from collections.abc import Sequence

import pyarrow as pa

from avemo_core.appearance.selection import Selection
from avemo_core.audio_sets.audio_features import AudioFeatures
from avemo_core.extraction.config import ExtractionConfig
from schemas import features
from schemas.audio import AUDIO_WIDTH
from schemas.audio_sets import YAAFE


def of(config: ExtractionConfig, selection: Selection | None, further: Sequence[AudioFeatures] = ()) -> pa.Schema:
    """The schema for these settings.

    Args:
        config: the settings.
        selection: of the network's values; None: no faces are looked for, and rows are those of sound alone.
        further: the audio sets beside the 27 features.
    """
    appearance = features.APPEARANCE_WIDTH if selection is None else len(selection.indices)
    return features.schema(appearance, AUDIO_WIDTH if YAAFE in config.audio else None, [each.audio_set for each in further])
