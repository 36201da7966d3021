"""Pauses and voiced segments of a clip: how many, how long; what lies before the first audible step and after the last is no pause.

step       0 1 2 3 4 5 6 7 8 9
audible    . . x x x . . x x .      span: steps 2 to 8; one pause, of 2 steps; 5 audible steps
voiced     . . . x x . . x . .      two voiced segments, of 2 steps and of 1; two unvoiced ones, of 1 each
"""

from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int

TIMING: Final = (
    *("pause_share", "pauses_hz", "pause_mean_s", "pause_deviation_s", "pause_longest_s"),
    *("voiced_share", "voiced_segments_hz", "voiced_segment_mean_s", "voiced_segment_deviation_s", "voiced_segment_longest_s"),
    *("unvoiced_segments_hz", "unvoiced_segment_mean_s", "unvoiced_segment_deviation_s", "unvoiced_segment_longest_s"),
)
"""Shares and counts a second are of the span from the first audible step to the last; lengths are 0 where there is none of the kind."""


def timing(audible: Bool[np.ndarray, " t_a"], voiced: Bool[np.ndarray, " t_a"], step_s: float) -> Float[np.ndarray, " timing"]:
    """The clip's `TIMING`; all finite.

    Args:
        audible: at least one.
        voiced: of the audible ones.
        step_s: from one step to the next, in seconds.
    """
    at = np.flatnonzero(audible)
    span = slice(at[0], at[-1] + 1)
    heard, spoken = audible[span], voiced[span]
    length_s = len(heard) * step_s
    pauses, segments, unvoiced = (_runs(mask) * step_s for mask in (~heard, spoken, heard & ~spoken))
    values = [
        *(pauses.sum() / length_s, len(pauses) / length_s, *_lengths(pauses)),
        *(segments.sum() / length_s, len(segments) / length_s, *_lengths(segments)),
        *(len(unvoiced) / length_s, *_lengths(unvoiced)),
    ]
    return np.array(values)


def _runs(mask: Bool[np.ndarray, " span"]) -> Int[np.ndarray, " runs"]:
    """Length of each run of true steps."""
    edges = np.diff(np.concatenate([[0], mask, [0]]).astype(int))
    lengths: np.ndarray = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    return lengths


def _lengths(runs_s: Float[np.ndarray, " runs"]) -> tuple[float, float, float]:
    return (float(runs_s.mean()), float(runs_s.std()), float(runs_s.max())) if len(runs_s) else (0.0, 0.0, 0.0)
