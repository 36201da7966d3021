"""Robust scaling and PCA whitening of one audio set, fitted on the training clips."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from avemo_core.errors import ConfigError
from avemo_core.features.preprocess.covariance import moments, whitening_projection

CUT_OFF: Final = 8.0
"""Audio is cut off at so many interquartile ranges from the median (docs/decisions/whitening.md)."""

SAMPLE_STEPS: Final = 100_000
"""Audio steps from which medians and quartiles are taken, at most."""

_SAMPLE_VALUES: Final = SAMPLE_STEPS * 1024
"""Values of that sample, at most: 410 MB. Of a set wider than 1,024 fewer steps are taken."""

_COLUMNS: Final = 64
"""Of the sample, that are sorted at a time."""

_SIGN: Final = np.uint32(1 << 31)
"""Of a float32's bits."""

WIDEST: Final = 4096
"""Values a step of an audio set, at most: the covariance of so many is 134 MB."""


class WhitenedSteps(NamedTuple):
    """An audio set of a clip."""

    whitened: Float32[np.ndarray, "steps component"]
    """Mean 0 and deviation 1 over the training clips."""
    scaled: Float32[np.ndarray, "steps d"]
    """Before the PCA: every value on its own, in interquartile ranges from its median."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AudioWhitening:
    """An affine transform of steps, their values scaled robustly and cut off before it.

    [log magnitude] -> (a - median) / interquartile range -> cut off at +-8 -> (a - mean) @ projection
    """

    reference: Float32[np.ndarray, " d"]
    """Magnitude at which a value begins to be compressed; 0: the column is left as it is."""
    median: Float32[np.ndarray, " d"]
    scale: Float32[np.ndarray, " d"]
    """Interquartile range; infinite for a column that never changes."""
    mean: Float32[np.ndarray, " d"]
    """Of the columns as scaled and cut off."""
    projection: Float32[np.ndarray, "d component"]

    @classmethod
    def fit(
        cls, clips: Sequence[Float32[np.ndarray, "_ d"]], groups: Sequence[str], *, components: int, compressed: bool
    ) -> "AudioWhitening":
        """Fit on the steps of the training clips.

        Args:
            clips: the set's steps, an array a clip, perhaps without any.
            groups: of each clip; what varies within them is whitened.
            components: of the PCA, at most.
            compressed: whether the logarithm of the magnitude is taken before.
        """
        reference, median, scale = _robust_scales(sampled_steps(clips), compressed=compressed)
        found = moments((_scaled(_compressed(steps, reference), median, scale) for steps in clips), groups)
        return cls(
            reference=reference,
            median=median,
            scale=scale,
            mean=found.mean.astype(np.float32),
            projection=whitening_projection(found, components),
        )

    def __call__(self, steps: Float32[np.ndarray, "steps d"]) -> WhitenedSteps:
        """Whiten the steps of one clip."""
        scaled = _scaled(_compressed(steps, self.reference), self.median, self.scale)
        return WhitenedSteps((scaled - self.mean) @ self.projection, scaled)

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, for the bundle."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def check_width(name: str, width: int) -> None:
    """Refuse an audio set that is too wide to be whitened.

    Raises:
        ConfigError: names it.
    """
    if width > WIDEST:
        raise ConfigError(f"audio set {name}: expected at most {WIDEST:,} values a step, found {width:,}; reduce them, as by a PCA")


def sampled_steps(audio: Sequence[Float32[np.ndarray, "_ audio"]]) -> Float32[np.ndarray, "sample audio"]:
    """At most `SAMPLE_STEPS` steps, evenly spread over all clips laid end to end, so that a clip has its share of them by length.

    Of k = 3 of 10 steps, each is the middle of its third: floor((i + 1/2) 10 / 3).

        clip      | a a a a | b b | c c c c |
        step        0 1 2 3   4 5   6 7 8 9
        taken         x         x       x
    """
    lengths = np.array([len(steps) for steps in audio])
    total = int(lengths.sum())
    count = min(total, SAMPLE_STEPS, _SAMPLE_VALUES // max(1, audio[0].shape[1]))
    taken = (2 * np.arange(count) + 1) * total // (2 * max(1, count))
    stops = np.cumsum(lengths)
    bounds = np.searchsorted(taken, np.concatenate([[0], stops]))
    sample = np.empty((count, audio[0].shape[1]), audio[0].dtype)  # once: it may be what takes most memory of a training
    for steps, stop, low, high in zip(audio, stops, bounds[:-1], bounds[1:], strict=True):
        sample[low:high] = steps[taken[low:high] - (stop - len(steps))]
    return sample


def _compressed(audio: Float32[np.ndarray, "t_a audio"], reference: Float32[np.ndarray, " audio"]) -> Float32[np.ndarray, "t_a audio"]:
    """sign(a) ln(1 + |a| / reference): large magnitudes are compressed as decibels compress them, and around zero it stays linear."""
    if not reference.any():
        return audio
    linear = np.flatnonzero(reference == 0)
    logs: np.ndarray = np.abs(audio)
    logs /= np.where(reference > 0, reference, 1)
    np.log1p(logs, out=logs)
    bits = logs.view(np.uint32)  # numpy's copysign takes a value at a time and longer than the logarithm; logs are none of them negative
    bits |= audio.view(np.uint32) & _SIGN
    logs[:, linear] = audio[:, linear]
    return logs


def _robust_scales(sample: Float32[np.ndarray, "sample audio"], *, compressed: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Reference, median and scale of each column, some columns at a time: what is sorted is copied several times over."""
    found = []
    for start in range(0, max(1, sample.shape[1]), _COLUMNS):
        columns = sample[:, start : start + _COLUMNS]
        reference = np.median(np.abs(columns), 0) if compressed and len(columns) else np.zeros(columns.shape[1], np.float32)
        found.append((reference, *_robust_scale(_compressed(columns, reference))))
    reference, median, scale = (np.concatenate(of_columns) for of_columns in zip(*found, strict=True))
    return reference, median, scale


def _robust_scale(sample: Float32[np.ndarray, "sample audio"]) -> tuple[Float32[np.ndarray, " audio"], Float32[np.ndarray, " audio"]]:
    if not len(sample):
        return np.zeros(sample.shape[1], np.float32), np.full(sample.shape[1], np.inf, np.float32)
    low, median, high = np.quantile(sample, (0.25, 0.5, 0.75), axis=0, method="nearest").astype(np.float64)
    spread = np.where(high > low, high - low, sample.std(0, dtype=np.float64))
    return median.astype(np.float32), np.where(spread > 0, spread, np.inf).astype(np.float32)


def _scaled(
    audio: Float[np.ndarray, "t_a audio"], median: Float32[np.ndarray, " audio"], scale: Float32[np.ndarray, " audio"]
) -> np.ndarray:
    scaled: np.ndarray = audio - median
    scaled /= scale
    np.clip(scaled, -CUT_OFF, CUT_OFF, out=scaled)
    return scaled
