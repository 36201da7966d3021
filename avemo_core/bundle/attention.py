"""Late fusion of attention: what the networks attend to, and where the pooled linear model reads each emotion.

    r_n(i)                                                    logit of emotion n in the window around step i, by the pooled linear model
    f_n(i) <- f_n(i) exp(g r_n(i)) / sum over i of the same   g the gain: a sum of energies inside one softmax over the steps

The pooled linear model names most of a clip and has no clock of its own; read in windows it says when.
"""

from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.model.batch import ClipInputs

_LEAST: Final = -700.0
"""Of an energy: a column without any attention stays all 0, instead of becoming NaN."""

GAIN: Final = 5.0
"""g; chosen on half of the people (docs/benchmarks/splice.md)."""


def at_steps(
    logits: Float[np.ndarray, "window emotion"], window_time_s: Float[np.ndarray, " window"], step_time_s: Float[np.ndarray, " t_v"]
) -> Float[np.ndarray, "t_v emotion"]:
    """The windows' logits on the network's clock: on straight lines from one window's middle to the next, level before and behind."""
    return np.stack([np.interp(step_time_s, window_time_s, of_emotion) for of_emotion in logits.T], axis=1)


def fused_attention(
    perception: Float32[np.ndarray, "t_v emotion"], logits: Float[np.ndarray, "t_v emotion"]
) -> Float32[np.ndarray, "t_v emotion"]:
    """Attention with the evidence as a term of its energy.

    Source: none in the paper, whose eq. 9 is the first of the two factors (docs/decisions/attention-evidence.md).

    Args:
        perception: each emotion's attention (eq. 9); sums to 1 over the steps.
        logits: of the pooled linear model at the same steps.

    Returns:
        The same sums; a step without attention, as one without a face, stays without. An emotion that has the same logit at every step
        keeps its attention.
    """
    with np.errstate(divide="ignore"):
        energies = np.log(perception.astype(np.float64)) + GAIN * logits
    weights = np.exp(energies - np.maximum(energies.max(0), _LEAST))
    fused: np.ndarray = weights / np.maximum(weights.sum(0), np.exp(_LEAST))
    return fused.astype(np.float32)


def with_evidence(
    perception: Float32[np.ndarray, "t_v emotion"], clip: ClipInputs, pooled: PooledClassifier | None
) -> Float32[np.ndarray, "t_v emotion"]:
    """A clip's attention, fused with what the pooled linear model reads of its windows; without either it is as it was."""
    if pooled is None or clip.windows is None:
        return perception
    return fused_attention(perception, at_steps(pooled.over_windows(clip), clip.windows.time_s, clip.step_time_s))
