"""Robust scaling and PCA whitening of the inputs, fitted on the training clips and stored with the weights."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float32

from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.audio_sets.whitening import AudioWhitening
from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.features.preprocess.covariance import deviation, moments, whitening_projection
from avemo_core.features.preprocess.procrustes import procrustes
from avemo_core.runtime.stored import EachOf


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
        groups = groups_of(clips, config)
        compressed, components = config.audio_compressed, config.audio_components
        audio = AudioWhitening.fit(EachOf(clips, attrgetter("audio")), groups, components=components, compressed=compressed)
        face = _mean_face(clips) if config.shape_procrustes else np.zeros(clips[0].shape.shape[1], np.float32)
        shape = moments((_landmarks(clip.shape, face)[clip.has_face] for clip in clips), groups)
        appearance = moments((_faces(clip, config.appearance_values) for clip in clips), groups, full=False)
        return cls(
            **{f"audio_{name}": array for name, array in audio.arrays().items()},
            shape_reference=face,
            shape_mean=shape.mean.astype(np.float32),
            shape_projection=whitening_projection(shape, config.shape_components),
            appearance_mean=appearance.mean.astype(np.float32),
            appearance_scale=deviation(appearance.variance),
        )

    def __call__(self, clip: ClipFeatures) -> Whitened:
        """Whiten one clip."""
        without_face = ~clip.has_face
        audio, scaled = self._of_audio(clip.audio)
        landmarks = _landmarks(clip.shape, self.shape_reference)
        shape = (landmarks - self.shape_mean) @ self.shape_projection
        appearance = _float32(clip.appearance[:, : len(self.appearance_mean)])
        appearance -= self.appearance_mean
        appearance /= self.appearance_scale
        shape[without_face] = 0
        appearance[without_face] = 0
        return Whitened(audio, shape, appearance, scaled, landmarks)

    @property
    def _of_audio(self) -> AudioWhitening:
        return AudioWhitening(
            reference=self.audio_reference,
            median=self.audio_median,
            scale=self.audio_scale,
            mean=self.audio_mean,
            projection=self.audio_projection,
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, for the bundle."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def groups_of(clips: Sequence[ClipFeatures], config: PreprocessConfig) -> list[str]:
    """The group of each clip within which it is whitened: its person's, or everybody's."""
    return [clip.subject or clip.clip_id if config.subject_normalised else "" for clip in clips]


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
