"""Does a model attend to what was planted? Perception attention against the segments of a corpus that knows them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from avemo_core.evaluation.localisation import Lift, lift
from schemas.emotions import EMOTIONS


class PlantedAttention(NamedTuple):
    """Means over the clips in which something was planted."""

    lift: float
    """Of the perception attention of the clip's own emotion; 1 is an even spread."""
    ceiling: float
    """The lift if all of that attention lay inside."""
    clips: int


def planted_attention(predictions: pa.Table, segments: Mapping[str, tuple[float, float]]) -> PlantedAttention:
    """Mean lift over labelled clips with a planted segment.

    Args:
        predictions: rows of a predictions table.
        segments: source_id -> start and stop of its segment, seconds; clips that are not in it are left out.
    """
    rows = predictions.select(["source_id", "label", "step_time_s", "perception"]).to_pylist()
    lifts = [_lift(row, *segments[row["source_id"]]) for row in rows if row["source_id"] in segments and row["label"] is not None]
    known = np.array([one for one in lifts if not np.isnan(one.value)]).reshape(-1, 2)
    if not len(known):
        return PlantedAttention(np.nan, np.nan, 0)
    return PlantedAttention(float(known[:, 0].mean()), float(known[:, 1].mean()), len(known))


def _lift(row: Mapping[str, object], start_s: float, stop_s: float) -> Lift:
    weights = np.array(row["perception"], np.float64).reshape(-1, len(EMOTIONS))
    return lift(weights[:, EMOTIONS.index(str(row["label"]))], np.array(row["step_time_s"], np.float64), start_s, stop_s)
