"""Where the steps lie: blocks of samples centred on every 512th sample, zeros beyond both ends.

    sample     -512       0      512     1024    1536    2048
    sound         0 0 0 0 |~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
    step 0        [-------.-------)                                 samples -512 to 511, centred on sample 0
    step 1                [-------.-------)                         samples 0 to 1023, centred on sample 512
    step 2                        [-------.-------)

A hop is 512 samples: step t is hop t and hop t + 1, where hop t starts at sample 512 (t - 1). Slow steps are the same 32 times larger:
slow step s is centred on sample 16384 s, as step 32 s is, and its values are held for steps 32 s to 32 s + 31.
"""

from typing import Final

import numpy as np
from jaxtyping import Float

from schemas.audio import SAMPLE_RATE_HZ

BLOCK: Final = 1024
"""Samples under one step (64 ms)."""

STEP: Final = 512
"""Samples from one step to the next (32 ms)."""

SLOW_BLOCK: Final = 32768
"""Samples under one slow step (2.048 s): the envelope's features."""

SLOW_STEP: Final = 16384
"""Samples from one slow step to the next (1.024 s)."""

HOLD: Final = SLOW_STEP // STEP
"""Steps that share one slow step: step t has the values of slow step t // 32."""

TILE: Final = 64
"""Steps multiplied at once; what is computed at a time is whole tiles."""

EPS: Final = float(np.finfo(np.float64).eps)
"""What stands for an exact zero where one would divide by it or take its logarithm."""


def step_count(n: int) -> int:
    """Steps of a sound of n samples: ceil(n / 512)."""
    return -(-n // STEP)


def step_time_s(t_a: int) -> Float[np.ndarray, " t_a"]:
    """Time of each step's centre, in seconds from the first sample: step t is centred on sample 512 t."""
    return np.arange(t_a) * (STEP / SAMPLE_RATE_HZ)


def excerpt(samples: Float[np.ndarray, " n"], start: int, stop: int) -> Float[np.ndarray, " length"]:
    """The samples of a half-open range as a new float64 array; zeros where the range leaves the sound."""
    out = np.empty(stop - start)
    first, last = np.clip([-start, samples.size - start], 0, out.size)
    out[:first] = out[last:] = 0
    out[first:last] = samples[start + first : start + last]
    return out


def hold(values: Float[np.ndarray, "width t_s"]) -> Float[np.ndarray, "width t_a"]:
    """Give each of 32 steps the values of their slow step."""
    return np.repeat(values.T, HOLD, axis=0).T


def blocks(samples: Float[np.ndarray, " n"], block: int, step: int) -> Float[np.ndarray, "t_a block"]:
    """Every complete block of the samples, as a view."""
    return np.lib.stride_tricks.sliding_window_view(samples, block)[::step]
