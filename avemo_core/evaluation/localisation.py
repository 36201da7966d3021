"""Attention localisation: how much more attention a known segment gets than its share of time would give it.

The demo corpus knows where it showed an emotion (its planted segments); a clip spliced into a longer one is known likewise.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from jaxtyping import Float
from numpy import ndarray

from schemas.emotions import EMOTIONS


class Localisation(NamedTuple):
    """Attention on a segment, in multiples of an even spread."""

    value: float
    """Share of the attention inside over share of the steps inside; 1 is an even spread."""
    ceiling: float
    """What all attention inside would give: 1 over the share of the steps inside."""


class AttentionLocalisation(NamedTuple):
    """Means over the clips with a known segment."""

    localisation: float
    """Of the perception attention of the clip's own emotion; 1 is an even spread."""
    ceiling: float
    """What the mean would be if all of that attention lay inside."""
    clips: int


def localisation(
    weights: Float[ndarray, " step"],
    step_time_s: Float[ndarray, " step"],
    start_s: float,
    stop_s: float,
) -> Localisation:
    """The localisation of one clip's attention on the half-open segment [start_s, stop_s).

    Args:
        weights: attention a step, not negative; it need not sum to 1.
        step_time_s: time of each step, seconds.
        start_s: where the segment starts, seconds.
        stop_s: where it ends, seconds.

    Returns:
        Value and ceiling; both NaN where no step lies inside, or no attention lies anywhere.
    """
    inside = (step_time_s >= start_s) & (step_time_s < stop_s)
    total = float(weights.sum())
    if not inside.any() or total <= 0:
        return Localisation(np.nan, np.nan)
    ceiling = len(inside) / int(inside.sum())
    return Localisation(float(weights[inside].sum()) / total * ceiling, ceiling)


def attention_localisation(predictions: pa.Table, segments: Mapping[str, tuple[float, float]]) -> AttentionLocalisation:
    """Mean localisation of the perception attention over labelled clips with a known segment.

    Args:
        predictions: rows of a predictions table.
        segments: source_id -> start and stop of its segment, seconds; clips that are not in it are left out.
    """
    rows = predictions.select(["source_id", "label", "step_time_s", "perception"]).to_pylist()
    found = [_of_row(row, *segments[row["source_id"]]) for row in rows if row["source_id"] in segments and row["label"] is not None]
    known = np.array([one for one in found if not np.isnan(one.value)]).reshape(-1, 2)
    if not len(known):
        return AttentionLocalisation(np.nan, np.nan, 0)
    return AttentionLocalisation(float(known[:, 0].mean()), float(known[:, 1].mean()), len(known))


def _of_row(row: Mapping[str, object], start_s: float, stop_s: float) -> Localisation:
    weights = np.array(row["perception"], np.float64).reshape(-1, len(EMOTIONS))
    return localisation(weights[:, EMOTIONS.index(str(row["label"]))], np.array(row["step_time_s"], np.float64), start_s, stop_s)
