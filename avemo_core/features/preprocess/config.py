"""How features are preprocessed before a network reads them."""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar, get_args

from avemo_core.errors import ConfigError
from avemo_core.features.parts import PAPER, is_of_face
from avemo_core.features.preprocess.pitch import CEILING_HZ, LOWEST_HZ

Coarse = Literal["nearest", "proportional"]
"""How p_t is found."""

_HIGHEST_CEILING_HZ: Final = 1000.0
"""Beyond it a period has fewer than sixteen samples, and its interpolation is too coarse."""

Modalities = Literal["audio-visual", "sound", "face"]
"""What a model reads: both modalities, of which a clip may lack one, or one alone (docs/decisions/one-modality.md)."""

SubjectNormalisation = Literal["auto", "on", "off"]
"""auto: leaves the emotions that a person is read to show; on: as if everybody showed all; off: none."""

Config = TypeVar("Config", bound="PreprocessConfig")


@dataclass(frozen=True, kw_only=True)
class PreprocessConfig:
    """Which inputs are made, and how; the defaults are the paper's (sections 3.1 and 3.3)."""

    modalities: Modalities = "audio-visual"
    """What is read of a clip; the rest makes no inputs."""
    inputs: tuple[str, ...] = ()
    """Which parts of the features are read, those of the face first, audio sets in the order in which they are joined
    (docs/decisions/inputs.md); (): shape, appearance and yaafe27, as far as `modalities` says."""
    coarse: Coarse = "nearest"
    """p_t: the audio step nearest in time, or floor((t + 1/2) T_a / T)."""
    audio_components: int = 50
    shape_components: int = 20
    appearance_values: int | None = None
    """How many values to use, from the front of the selection's order; None: all."""
    audio_average_steps: int = 1
    """Audio steps averaged into one."""
    visual_stride: int = 1
    """Every so many-th frame is a step; training starts at a random phase."""
    audio_compressed: bool = False
    """Take the logarithm of each audio value's magnitude, its sign kept, before it is scaled."""
    prosody: bool = False
    """Read F0 contour, voicing strength, intensity and speech rate off the audio features, for every step and for the clip."""
    shape_procrustes: bool = False
    """Procrustes alignment: bring every frame's landmarks onto a mean face, so that the head's movement is taken away."""
    functionals_s: float = 0.0
    """Half-width of the running mean and deviation appended to every step; 0: none."""
    subject_normalised: bool = False
    by_mixture: bool = False
    """Normalise by subject so that the emotions which a person is read to show stay; needs the clips' statistics, so a fusion weight."""
    relevance_factor: float = 0.0
    """Weight of the training clips' statistics against a subject's own, as if so many of its clips had shown them."""
    fusion_weight: float = 0.0
    """Weight of the pooled linear model in the late fusion, the rest being the networks'; 0: no such model, and no statistics pooling."""
    evidence_s: float = 0.0
    """Half-width of the windows in which the pooled linear model is read over time, for the attention; 0: it is not."""
    pooled_functionals: bool = False
    """The pooled linear model reads functionals of audible and voiced steps, instead of means and deviations over all of them."""
    pitch_ceiling_hz: float = CEILING_HZ
    """Highest F0 that is looked for."""
    folds_octaves: bool = True
    """A step's F0 that lies far from the clip's median is brought an octave nearer."""

    def normalising(self: Config, how: SubjectNormalisation) -> Config:  # noqa: PYI019 - beartype decorates methods, and there knows no Self
        """The same with this normalisation by subject."""
        return replace(self, subject_normalised=how != "off", by_mixture=how == "auto")

    @property
    def subject_normalisation(self) -> SubjectNormalisation:
        """As options name it."""
        return "auto" if self.reads_mixtures else "on" if self.subject_normalised else "off"

    @property
    def reads_mixtures(self) -> bool:
        """Whether it is asked which emotions a person shows: only where there are clips' statistics to read them from."""
        return self.subject_normalised and self.by_mixture and self.fusion_weight > 0

    @property
    def named(self) -> tuple[str, ...]:
        """The parts that it would read of clips of both modalities."""
        return self.inputs or PAPER

    @property
    def reads(self) -> tuple[str, ...]:
        """The parts of the features that it reads."""
        return tuple(part for part in self.named if self.modalities in {"audio-visual", "face" if is_of_face(part) else "sound"})

    def __post_init__(self) -> None:
        """Refuse a coarse alignment nobody knows, and sizes and parts that make no inputs."""
        if self.coarse not in get_args(Coarse):
            raise ConfigError(f"coarse must be one of {', '.join(get_args(Coarse))}, not {self.coarse}")
        if self.modalities not in get_args(Modalities):
            raise ConfigError(f"modalities must be one of {', '.join(get_args(Modalities))}, not {self.modalities}")
        if len(set(self.inputs)) < len(self.inputs) or not all(self.inputs) or not self.reads:
            raise ConfigError(f"inputs must be different names, of {self.modalities} at least one, not {self.inputs}")
        for name in ("audio_components", "shape_components", "audio_average_steps", "visual_stride"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not 2 * LOWEST_HZ <= self.pitch_ceiling_hz <= _HIGHEST_CEILING_HZ:
            bounds = f"from {2 * LOWEST_HZ:g} to {_HIGHEST_CEILING_HZ:g}"
            raise ConfigError(f"pitch_ceiling_hz must be {bounds}, not {self.pitch_ceiling_hz}")
        if not 0 <= self.evidence_s < math.inf:
            raise ConfigError(f"evidence_s must be a number of seconds, at least 0, not {self.evidence_s}")
        if not 0 <= self.fusion_weight < 1:
            raise ConfigError(f"fusion_weight must lie in [0, 1), not {self.fusion_weight}")
