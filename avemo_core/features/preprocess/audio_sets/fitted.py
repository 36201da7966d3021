"""The audio sets that a model reads beside yaafe27, each with its whitening."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.parts import audio_sets
from avemo_core.features.preprocess.audio_sets.whitening import AudioWhitening, WhitenedSteps, check_width
from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.runtime.stored import EachOf
from schemas.audio_sets import YAAFE

_PREFIX: Final = "audio_sets."
"""Before a set's name in a bundle."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AudioSets:
    """Whitening by set, in the order in which they are named; none of a model of the paper's three parts."""

    whitening: Mapping[str, AudioWhitening] = field(default_factory=dict)

    @classmethod
    def fit(cls, clips: Sequence[ClipFeatures], groups: Sequence[str], config: PreprocessConfig) -> "AudioSets":
        """Fit on training clips; one without a set does not count in it.

        Args:
            clips: as the model reads them.
            groups: of each clip; what varies within them is whitened.
            config: of the preprocessing.

        Raises:
            ConfigError: no clip has any of a set, or it is too wide.
        """
        fitted = {}
        for name in _beside_yaafe(config):
            having = [(clip, of) for clip, of in zip(clips, groups, strict=True) if name in clip.other_audio]
            values = EachOf([clip for clip, _ in having], _steps_of_set(name))
            if not any(map(len, values)):
                raise ConfigError(f"audio set {name}: expected clips that have any of it to learn from, found none")
            check_width(name, values[0].shape[1])
            components, compressed = config.audio_components, config.audio_compressed
            fitted[name] = AudioWhitening.fit(values, [of for _, of in having], components=components, compressed=compressed)
        return cls(whitening=fitted)

    def __call__(self, clip: ClipFeatures) -> dict[str, WhitenedSteps]:
        """Whiten the sets of one clip; one that it does not have has no steps."""
        return {name: fitted(self._steps(clip, name).values) for name, fitted in self.whitening.items()}

    def times(self, clip: ClipFeatures, name: str) -> Float[np.ndarray, " steps"]:
        """The times of a set's steps."""
        return self._steps(clip, name).time_s

    @property
    def components(self) -> int:
        """How wide all of them are together, once whitened."""
        return sum(fitted.projection.shape[1] for fitted in self.whitening.values())

    def arrays(self) -> dict[str, dict[str, np.ndarray]]:
        """The arrays by part and name, for the bundle."""
        return {f"{_PREFIX}{name}": fitted.arrays() for name, fitted in self.whitening.items()}

    @classmethod
    def of_arrays(cls, config: PreprocessConfig, arrays: Mapping[str, np.ndarray]) -> "AudioSets":
        """Read what a bundle holds; others among the arrays do no harm."""
        found = {}
        for name in _beside_yaafe(config):
            start = f"{_PREFIX}{name}."
            found[name] = AudioWhitening(**{key.removeprefix(start): array for key, array in arrays.items() if key.startswith(start)})
        return cls(whitening=found)

    def _steps(self, clip: ClipFeatures, name: str) -> AudioSteps:
        nothing = AudioSteps(np.zeros((0, len(self.whitening[name].median)), np.float32), np.zeros(0, np.float32))
        return clip.other_audio.get(name, nothing)


def _steps_of_set(name: str) -> Callable[[ClipFeatures], Float32[np.ndarray, "steps d"]]:
    return lambda clip: clip.other_audio[name].values


def _beside_yaafe(config: PreprocessConfig) -> list[str]:
    return [name for name in audio_sets(config.reads) if name != YAAFE]
