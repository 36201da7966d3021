"""What tells a clip like those of the training from one that is not: fitted beside a model, stored in its bundle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from avemo_core.novelty.gaussian import Gaussian
from avemo_core.novelty.ranks import Ranked, ranked, unranked

Description = Mapping[str, Float32[np.ndarray, " _"]]
"""What a clip's modalities are like, as avemo_core.features.preprocess.description gives it."""

MODALITIES: Final = ("sound", "face")

_HELD_OUT: Final = "held_out"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrainingClips:
    """The training clips' descriptions as a Gaussian for each modality that any of them has."""

    gaussians: Mapping[str, Gaussian]

    @classmethod
    def fit(cls, clips: Sequence[Description]) -> "TrainingClips":
        """Fit on training clips; a clip without a modality does not count in it."""
        having = {name: [clip[name] for clip in clips if name in clip] for name in MODALITIES}
        return cls(gaussians={name: Gaussian.fit(np.stack(values)) for name, values in having.items() if values})

    def distances(self, clips: Sequence[Description]) -> Float32[np.ndarray, "clip modality"]:
        """How far clips lie from the training clips in each of `MODALITIES`; NaN where a clip, or the training, has none of it."""
        distances = np.full((len(clips), len(MODALITIES)), np.nan, np.float32)
        for column, name in enumerate(MODALITIES):
            rows = [row for row, clip in enumerate(clips) if name in clip and name in self.gaussians]
            if rows:
                distances[rows, column] = self.gaussians[name].distances(np.stack([clips[row][name] for row in rows]))
        return distances


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class NoveltyDetector:
    """The training clips, and how far from them clips of people lie whom the training left out."""

    training: TrainingClips
    held_out: Float32[np.ndarray, "held_out modality"]
    """Distances, each to a training without the clip's person; NaN where a clip does not have the modality."""

    def __call__(self, clips: Sequence[Description]) -> Ranked:
        """Judge clips."""
        return ranked(self.training.distances(clips), self.held_out)

    def arrays(self) -> dict[str, np.ndarray]:
        """The values by name, for the bundle."""
        named = {f"{name}.{key}": array for name, fitted in self.training.gaussians.items() for key, array in fitted.arrays().items()}
        return {**named, _HELD_OUT: self.held_out}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "NoveltyDetector | None":
        """Read what `arrays` gave; None without any, as in bundles of before."""
        if not arrays:
            return None
        gaussians = {}
        for name in MODALITIES:
            prefix = f"{name}."
            if of := {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}:
                gaussians[name] = Gaussian.of_arrays(of)
        return cls(training=TrainingClips(gaussians=gaussians), held_out=arrays[_HELD_OUT])


def ranked_without_own_people(distances: Float[np.ndarray, "clip modality"], groups: Sequence[str]) -> Ranked:
    """Judge held-out clips, each among those of the other people.

    Args:
        distances: of each clip, to a training without its person.
        groups: name of the person of each clip, or of its file where nobody is named.
    """
    group = np.asarray(groups, str)
    novelty, excess = unranked(len(group))
    for name in np.unique(group):
        own = group == name
        novelty[own], excess[own] = ranked(distances[own], distances[~own])
    return Ranked(novelty, excess)
