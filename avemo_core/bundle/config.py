"""A bundle's model config: its preprocessing and its network, in one frozen value that is stored with it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from avemo_core.features.preprocess.config import PreprocessConfig
from avemo_core.model.config import NetworkConfig

_STORED_NAMES: Final = {
    "audio_average_steps": "audio_pool",
    "shape_procrustes": "shape_upright",
    "relevance_factor": "shrinkage_clips",
    "fusion_weight": "pooled_share",
}
"""Fields that 0.1.0 called otherwise: bundles, and the model_id that is a hash over them, keep those names."""

_LATER: Final[Mapping[str, Any]] = {
    "modalities": "audio-visual",
    "inputs": (),
    "by_mixture": False,
    "evidence_s": 0.0,
    "pooled_functionals": False,
    "pitch_ceiling_hz": 450.0,
    "folds_octaves": True,
}
"""Fields that bundles of before do not have, and what they would say there: their model_id must stay what it is."""

_NEW: Final = object()


@dataclass(frozen=True, kw_only=True)
class ModelConfig(NetworkConfig, PreprocessConfig):
    """Everything that decides what a model computes, but for its weights."""

    def __post_init__(self) -> None:
        """Check both halves."""
        NetworkConfig.__post_init__(self)
        PreprocessConfig.__post_init__(self)

    @property
    def fuses_attention(self) -> bool:
        """Whether its perception attention is fused with what the pooled linear model reads around each step."""
        return self.encoding == "perception" and self.evidence_s > 0 and self.fusion_weight > 0

    def to_json(self) -> dict[str, Any]:
        """The fields by the names that bundles store; a field of later versions only where it is not what all models had before it."""
        return {_STORED_NAMES.get(name, name): value for name, value in asdict(self).items() if _LATER.get(name, _NEW) != value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ModelConfig":
        """Read what `to_json` gave.

        Raises:
            TypeError: a field that no model has.
        """
        fields = {stored_name: name for name, stored_name in _STORED_NAMES.items()}
        named = {fields.get(name, name): value for name, value in stored.items()}
        return cls(**named | ({"inputs": tuple(named["inputs"])} if "inputs" in named else {}))
