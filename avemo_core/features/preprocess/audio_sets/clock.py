"""Audio sets of several steps brought onto those of the first, by the file's clock (docs/decisions/inputs.md).

first, 32 ms      |----0----|----1----|----2----|----3----|
half-way               ^    |    ^    |    ^    |    ^           a step reaches half-way to its neighbours
20 ms apart       0     1     2     3     4     5     6          0 and 1 ...: the mean of those in a step's reach
100 ms apart      0                               1              none in reach: the one nearest in time
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from avemo_core.audio_sets.steps import AudioSteps

YAAFE_STEP_S: Final = 0.032
"""From one step of yaafe27 to the next, in which presets say how many steps are averaged."""


def onto(steps: AudioSteps, clock_s: Float[np.ndarray, " clock"]) -> Float32[np.ndarray, "clock d"]:
    """The mean of the steps that lie within each step of a clock; where none does, the one nearest in time; zeros of a clip without any.

    Args:
        steps: at other times than the clock's.
        clock_s: ascending, on the same clock of the file; at least one step.
    """
    if not len(steps.time_s):
        return np.zeros((len(clock_s), steps.values.shape[1]), np.float32)
    # In float64: a float32 time of an hour is right to a quarter of a millisecond, and half-way points must not add to that.
    clock, times = clock_s.astype(float), steps.time_s.astype(float)
    within = np.searchsorted((clock[1:] + clock[:-1]) / 2, times, "left")
    count = np.bincount(within, minlength=len(clock))
    starts = np.searchsorted(within, np.arange(len(clock)))
    sums = np.concatenate([np.zeros((1, steps.values.shape[1])), np.cumsum(steps.values, axis=0, dtype=float)])
    means = (sums[starts + count] - sums[starts]) / np.maximum(count, 1)[:, None]
    nearest = np.searchsorted((times[1:] + times[:-1]) / 2, clock, "left")
    return np.where((count > 0)[:, None], means, steps.values[nearest]).astype(np.float32)


def joined(sets: Sequence[AudioSteps]) -> AudioSteps:
    """Several sets side by side on the steps of the first that has any, each as large as the widest: a narrow one is not a faint one.

    Args:
        sets: of one clip, each with deviation 1; one that the clip does not have is zeros, its mean over the training clips.
    """
    if len(sets) == 1:
        return sets[0]
    clock_s = next((steps.time_s for steps in sets if len(steps.time_s)), sets[0].time_s)
    widest = max(steps.values.shape[1] for steps in sets)
    on_clock = [steps.values if steps.time_s is clock_s else onto(steps, clock_s) for steps in sets]
    sizes = [np.float32(np.sqrt(widest / max(1, values.shape[1]))) for values in on_clock]
    return AudioSteps(np.concatenate([size * values for size, values in zip(sizes, on_clock, strict=True)], 1), clock_s)


def beside(audio: Float[np.ndarray, "t_a d_a"], spoken: Float[np.ndarray, "t_a d_prosody"]) -> Float[np.ndarray, "t_a both"]:
    """Both streams as one, the prosody's few columns as large as all the others together."""
    if not spoken.shape[1]:
        return audio
    weight = np.float32(np.sqrt(audio.shape[1] / spoken.shape[1]))
    return np.concatenate([audio, weight * spoken], 1)


def steps_as_long(steps: int, time_s: Float[np.ndarray, " steps"]) -> int:
    """How many steps of these times last as long as so many of yaafe27's, at least one."""
    if len(time_s) < 2:
        return 1
    apart_s = float(time_s[-1] - time_s[0]) / (len(time_s) - 1)
    return max(1, round(steps * YAAFE_STEP_S / apart_s))


def averaged(audio: Float[np.ndarray, "t_a d_a"], time_s: Float[np.ndarray, " t_a"], steps: int) -> AudioSteps:
    """Means over runs of so many steps; the last run may be shorter."""
    if steps == 1 or not len(audio):
        return AudioSteps(audio, time_s)
    starts = np.arange(0, len(audio), steps)
    counts = np.diff(starts, append=len(audio)).astype(audio.dtype)
    mean_time_s = np.add.reduceat(time_s, starts) / counts
    return AudioSteps(np.add.reduceat(audio, starts) / counts[:, None], mean_time_s.astype(time_s.dtype))
