"""Which rows of a features table have anything that a model reads."""

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from avemo_core.features.parts import PAPER, audio_sets, columns_of
from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.features.preprocess.modalities import coverage_of


def readable(features: pa.Table, config: PreprocessConfig) -> pa.Table:
    """The rows that have anything: of a model of sound alone those with sound that it reads, and the like.

    Args:
        features: rows with the columns of the parts that the model reads.
        config: of the model.
    """
    if config.modalities == "audio-visual":
        # Every row of the paper's three parts has a frame or a step of yaafe27; of other parts it may have none.
        return features if config.named == PAPER else features.filter(_has_any(features, ("frame_time_s", *_times(config))))
    # No share is known of sound that nobody decoded: whether there are steps says it then.
    covered = pc.fill_null(pc.greater(features.column(coverage_of(config.modalities)), 0), fill_value=True)
    if config.modalities == "sound":
        covered = pc.and_(covered, _has_any(features, _times(config)))
    return features.filter(covered)


def _times(config: PreprocessConfig) -> tuple[str, ...]:
    return tuple(columns_of(name)[1] for name in audio_sets(config.reads))


def _has_any(features: pa.Table, columns: tuple[str, ...]) -> pa.ChunkedArray:
    lengths = (pc.fill_null(pc.list_value_length(features.column(name)), 0) for name in columns)
    return reduce(pc.or_, (pc.greater(length, 0) for length in lengths))
