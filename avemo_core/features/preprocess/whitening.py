"""Robust scaling and PCA whitening of the inputs, fitted on the training clips and stored with the weights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64

from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.features.preprocess.procrustes import procrustes

CUT_OFF: Final = 8.0
"""Audio is cut off at so many interquartile ranges from the median (docs/decisions/whitening.md)."""

SAMPLE_STEPS: Final = 100_000
"""Audio steps from which medians and quartiles are taken, at most."""

FLOOR: Final = 1e-6
"""Variances below this fraction of the largest are noise of the arithmetic and are not scaled up to 1."""


class Whitened(NamedTuple):
    """A clip's streams, each with mean 0 and deviation 1 over the training clips; zeros where no face was found."""

    audio: Float32[np.ndarray, "t_a d_a"]
    shape: Float32[np.ndarray, "t_v d_shape"]
    appearance: Float32[np.ndarray, "t_v d_appearance"]
    scaled_audio: Float32[np.ndarray, "t_a audio"]
    """Before the PCA: every feature on its own, in interquartile ranges from its median."""
    landmarks: Float32[np.ndarray, "t_v landmarks"]
    """Before the PCA: Procrustes-aligned where the model wants it so."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Whitening:
    """Three affine transforms, the audio's values scaled robustly and cut off before theirs.

    Source: Chao et al. 2016, sections 3.1 and 3.3: PCA whitening to 20 (shape) and 50 (audio) dimensions.
    Departs: robust scaling before the audio's PCA, appearance scaled value by value (docs/decisions/whitening.md).

        audio       [log magnitude] -> (a - median) / interquartile range -> cut off at +-8 -> (a - mean) @ projection
        shape       [Procrustes]    ->                                                         (s - mean) @ projection
        appearance                                                                             (v - mean) / deviation

    Raw audio columns differ by 13 orders of magnitude, and one step where digital silence meets sound reaches 1e15: it would decide a
    column's deviation and be the first component of the PCA. Quartiles do not see it, and the cut-off bounds what it weighs in the PCA.
    """

    audio_reference: Float32[np.ndarray, " audio"]
    """Magnitude at which a value begins to be compressed; 0: the column is left as it is."""
    audio_median: Float32[np.ndarray, " audio"]
    audio_scale: Float32[np.ndarray, " audio"]
    """Interquartile range; infinite for a column that never changes."""
    audio_mean: Float32[np.ndarray, " audio"]
    """Of the columns as scaled and cut off."""
    audio_projection: Float32[np.ndarray, "audio d_a"]
    shape_reference: Float32[np.ndarray, " landmarks"]
    """The face that every frame's landmarks are aligned to; zeros: they are left as they are."""
    shape_mean: Float32[np.ndarray, " landmarks"]
    shape_projection: Float32[np.ndarray, "landmarks d_shape"]
    appearance_mean: Float32[np.ndarray, " d_appearance"]
    appearance_scale: Float32[np.ndarray, " d_appearance"]

    @classmethod
    def fit(cls, clips: Sequence[ClipFeatures], config: PreprocessConfig) -> "Whitening":
        """Fit on the training clips; with `config.subject_normalised` on what varies within a subject."""
        groups = [clip.subject or clip.clip_id if config.subject_normalised else "" for clip in clips]
        sample = sampled_steps([clip.audio for clip in clips])
        reference = np.median(np.abs(sample), 0) if config.audio_compressed and len(sample) else np.zeros(sample.shape[1], np.float32)
        median, scale = _robust_scale(_compressed(sample, reference))
        audio = _moments((_scaled(_compressed(clip.audio, reference), median, scale) for clip in clips), groups)
        face = _mean_face(clips) if config.shape_procrustes else np.zeros(clips[0].shape.shape[1], np.float32)
        shape = _moments((_landmarks(clip.shape, face)[clip.has_face] for clip in clips), groups)
        appearance = _moments((_faces(clip, config.appearance_values) for clip in clips), groups, full=False)
        return cls(
            audio_reference=reference,
            audio_median=median,
            audio_scale=scale,
            audio_mean=audio.mean.astype(np.float32),
            audio_projection=_whitening_projection(audio, config.audio_components),
            shape_reference=face,
            shape_mean=shape.mean.astype(np.float32),
            shape_projection=_whitening_projection(shape, config.shape_components),
            appearance_mean=appearance.mean.astype(np.float32),
            appearance_scale=_deviation(appearance.variance),
        )

    def __call__(self, clip: ClipFeatures) -> Whitened:
        """Whiten one clip."""
        without_face = ~clip.has_face
        scaled = _scaled(_compressed(clip.audio, self.audio_reference), self.audio_median, self.audio_scale)
        audio = (scaled - self.audio_mean) @ self.audio_projection
        landmarks = _landmarks(clip.shape, self.shape_reference)
        shape = (landmarks - self.shape_mean) @ self.shape_projection
        appearance = _float32(clip.appearance[:, : len(self.appearance_mean)])
        appearance -= self.appearance_mean
        appearance /= self.appearance_scale
        shape[without_face] = 0
        appearance[without_face] = 0
        return Whitened(audio, shape, appearance, scaled, landmarks)

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, for the bundle."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class _Moments(NamedTuple):
    mean: Float64[np.ndarray, " d"]
    variance: Float64[np.ndarray, " d d"] | Float64[np.ndarray, " d"]
    """Covariance within groups, or its diagonal."""


def sampled_steps(audio: Sequence[Float32[np.ndarray, "_ audio"]]) -> Float32[np.ndarray, "sample audio"]:
    """At most `SAMPLE_STEPS` steps, evenly spread over all clips laid end to end, so that a clip has its share of them by length.

    Of k = 3 of 10 steps, each is the middle of its third: floor((i + 1/2) 10 / 3).

        clip      | a a a a | b b | c c c c |
        step        0 1 2 3   4 5   6 7 8 9
        taken         x         x       x
    """
    lengths = np.array([len(steps) for steps in audio])
    total = int(lengths.sum())
    count = min(total, SAMPLE_STEPS)
    taken = (2 * np.arange(count) + 1) * total // (2 * max(1, count))
    stops = np.cumsum(lengths)
    bounds = np.searchsorted(taken, np.concatenate([[0], stops]))
    return np.concatenate(
        [steps[taken[low:high] - (stop - len(steps))] for steps, stop, low, high in zip(audio, stops, bounds[:-1], bounds[1:], strict=True)]
    )


def _compressed(audio: Float32[np.ndarray, "t_a audio"], reference: Float32[np.ndarray, " audio"]) -> Float32[np.ndarray, "t_a audio"]:
    """sign(a) ln(1 + |a| / reference): large magnitudes are compressed as decibels compress them, and around zero it stays linear."""
    if not reference.any():
        return audio
    logs = np.abs(audio)
    logs /= np.where(reference > 0, reference, 1)
    np.copysign(np.log1p(logs, out=logs), audio, out=logs)
    compressed: np.ndarray = np.where(reference > 0, logs, audio)
    return compressed


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


def _mean_face(clips: Sequence[ClipFeatures]) -> Float32[np.ndarray, " landmarks"]:
    total = sum(clip.shape[clip.has_face].sum(0, dtype=np.float64) for clip in clips)
    return np.asarray(total / max(1, sum(clip.has_face.sum() for clip in clips)), np.float32)


def _landmarks(shape: Float32[np.ndarray, "t_v landmarks"], reference: Float32[np.ndarray, " landmarks"]) -> np.ndarray:
    return procrustes(shape, reference) if reference.any() else shape


def _faces(clip: ClipFeatures, values: int | None) -> Float32[np.ndarray, "faces d_appearance"]:
    return _float32(clip.appearance[clip.has_face, :values])


def _float32(values: Float[np.ndarray, "rows d"]) -> Float32[np.ndarray, "rows d"]:
    """By torch, which widens float16 fifteen times as fast as numpy."""
    widened: np.ndarray = torch.tensor(values, dtype=torch.float32).numpy()
    return widened


def _moments(arrays: Iterable[Float32[np.ndarray, "_ d"]], groups: Sequence[str], *, full: bool = True) -> _Moments:
    """Mean over all rows and (co)variance around each group's own mean, in one pass over the arrays."""
    # For group g of n_g rows with sum s_g and mean m_g = s_g / n_g:
    #
    #     sum_g sum_i (x_i - m_g)(x_i - m_g)^T  =  sum_i x_i x_i^T  -  sum_g s_g s_g^T / n_g
    #            within groups                      `products`           `between`
    #
    # so that no mean need be known before the pass, and no array is held after its turn. With one group it is the covariance.
    # A clip's own product is float32 for speed; sums over clips are float64, since the difference cancels.
    counts: dict[str, int] = {}
    sums: dict[str, np.ndarray] = {}
    products: Any = 0.0
    for group, array in zip(groups, arrays, strict=True):
        counts[group] = counts.get(group, 0) + len(array)
        sums[group] = sums.get(group, 0.0) + array.sum(0, dtype=np.float64)
        products = products + (array.T @ array if full else np.square(array).sum(0)).astype(np.float64)
    total = max(1, sum(counts.values()))
    between: Any = sum(_square(sums[group], full=full) / max(1, counts[group]) for group in counts)
    overall: Any = sum(sums.values())
    return _Moments(overall / total, np.asarray((products - between) / total))


def _square(vector: Float64[np.ndarray, " d"], *, full: bool) -> np.ndarray:
    return np.outer(vector, vector) if full else vector**2


def _whitening_projection(moments: _Moments, components: int) -> Float32[np.ndarray, "d components"]:
    """Leading eigenvectors of the covariance, each over the root of its eigenvalue."""
    # eigh sorts eigenvalues upwards: the last ones lead. The sign of an eigenvector is open and differs between builds of LAPACK; here
    # its largest entry is positive, so that fits on the same clips agree.
    if not moments.variance.size:
        return np.zeros((0, 0), np.float32)
    values, vectors = np.linalg.eigh(moments.variance)
    values, vectors = values[::-1][:components], vectors[:, ::-1][:, :components]
    largest = vectors[np.abs(vectors).argmax(0), np.arange(vectors.shape[1])]
    return np.asarray(vectors * np.sign(largest) / _deviation(values), np.float32)


def _deviation(variance: Float64[np.ndarray, " d"]) -> Float32[np.ndarray, " d"]:
    """Root of each variance; infinite where there is none to speak of (`FLOOR`), so that dividing by it gives 0 and no blown-up noise."""
    floor = FLOOR * variance.max(initial=0.0)
    return np.where(variance > floor, np.sqrt(np.maximum(variance, floor)), np.inf).astype(np.float32)
