"""What a network is made of: one frozen value, stored with the bundle."""

from dataclasses import dataclass
from typing import Literal

from avemo_core.errors import ConfigError

Encoding = Literal["perception", "average", "last", "appearance"]
"""The four models of Table 1: proposed, average encoding, last-time encoding, average encoding (pool5 only)."""


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The widths and inputs of one network; the defaults are the paper's proposed model."""

    encoding: Encoding = "perception"
    width: int = 32
    """Memory cells of both LSTMs that make h_av, and nodes of the hidden layers before them."""
    selector_width: int = 8
    """The same for h_av_sel; only perception has it."""
    embedding: int = 8
    """Width of the emotion embeddings e_n."""
    half_window: int = 2
    """w: the alignment window has 2w positions, offsets -w .. w - 1 in audio steps."""
    coarse: Literal["nearest", "proportional"] = "nearest"
    """p_t: the audio step nearest in time, or floor((t + 1/2) T_a / T)."""
    audio_components: int = 50
    shape_components: int = 20
    appearance_values: int | None = None
    """How many values to use, from the front of the selection's order; None: all."""
    audio_pool: int = 1
    """Audio steps averaged into one."""
    visual_stride: int = 1
    """Every so many-th frame is a step; training starts at a random phase."""
    audio_compressed: bool = False
    """Take the logarithm of the audio features' size before they are scaled."""
    prosody: bool = False
    """Read melody, voicing, level and pace off the audio features, for every step and for the clip."""
    shape_upright: bool = False
    """Turn every frame's landmarks upright, so that the head's movement is taken away."""
    functionals_s: float = 0.0
    """Half-width of the running mean and deviation appended to every step; 0: none."""
    subject_normalised: bool = False
    shrinkage_clips: float = 0.0
    """Weight of the training statistics against a subject's own, counted in clips."""
    pooled_share: float = 0.0
    """How much the pooled linear model's vote weighs against the networks'; 0: there is none."""
    dropout: float = 0.5
    """After every hidden layer."""
    input_dropout: float = 0.0
    attention_dropout: float = 0.0
    """Share of a clip's steps that perception does not see while it trains, so that it leans on no single one."""
    clip_dropout: bool = False
    """One mask a clip instead of one a step."""

    def __post_init__(self) -> None:
        """Refuse sizes that make no network."""
        for name in (
            "width",
            "selector_width",
            "embedding",
            "half_window",
            "audio_components",
            "shape_components",
            "audio_pool",
            "visual_stride",
        ):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("dropout", "input_dropout", "attention_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} must lie in [0, 1), not {getattr(self, name)}")

        if not 0 <= self.pooled_share < 1:
            raise ConfigError(f"pooled_share must lie in [0, 1), not {self.pooled_share}")

    @property
    def window(self) -> int:
        """Positions of the alignment window, 2w."""
        return 2 * self.half_window
