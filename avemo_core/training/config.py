"""How a network is trained: one frozen value, stored with the bundle."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal

from avemo_core.bundle.config import ModelConfig
from avemo_core.errors import ConfigError
from avemo_core.features.parts import PAPER
from avemo_core.features.preprocess.config import Modalities, SubjectNormalisation

_LATER: Final = ("splices", "attention_loss")
"""Fields of FitConfig that trainings of 0.1.0 do not have: where such a one was left half done, its checkpoints are found by the others."""


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """The defaults are the paper's (section 4.1); what it does not say is in docs/decisions/training.md."""

    optimiser: Literal["adadelta", "adamw"] = "adadelta"
    learning_rate: float = 1.0
    weight_decay: float = 5e-4
    epochs: int = 50
    patience: int | None = 10
    """Epochs without a better validation accuracy before training stops early; None: always all epochs, and the last one is kept."""
    batch_clips: int = 32
    """Clips of a global batch, over however many workers it is divided."""
    gradient_norm: float = 5.0
    """Gradients are scaled down to this norm."""
    average_decay: float = 0.0
    """Of an exponential moving average (EMA) of the weights, which is then what is evaluated and kept; 0: the weights themselves."""
    modality_dropout: float = 0.0
    """Share of clips that train without sound, and as many without a face."""
    splices: float = 0.0
    """Spliced clips that are learned from as well, as a share of the clips of which they can be made (docs/decisions/splices.md)."""
    attention_loss: float = 0.0
    """Weight of what the perception attention of a spliced clip is taught: the logarithm of its share on the moment."""

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        if self.epochs < 1 or self.batch_clips < 1:
            raise ConfigError(f"epochs and batch_clips must be at least 1, not {self.epochs} and {self.batch_clips}")
        if not 0 <= self.average_decay < 1:
            raise ConfigError(f"average_decay must lie in [0, 1), not {self.average_decay}")
        if not 0 <= self.modality_dropout <= 0.5:
            raise ConfigError(f"modality_dropout must lie in [0, 0.5], not {self.modality_dropout}")
        if not 0 <= self.splices <= 1 or self.attention_loss < 0:
            raise ConfigError(f"splices must lie in [0, 1] and attention_loss be at least 0, not {self.splices} and {self.attention_loss}")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A preset: what is built and how it is trained."""

    name: str
    model: ModelConfig = field(default_factory=ModelConfig)
    fit: FitConfig = field(default_factory=FitConfig)

    def reading(self, modalities: Modalities, inputs: Sequence[str] = PAPER, *, is_ranked: bool = True) -> "Recipe":
        """The same for a model that reads these modalities, and these parts of them.

        Args:
            modalities: of the clips.
            inputs: parts of the features, in the order of avemo_core.features.parts.in_order.
            is_ranked: whether the appearance's first values are the most important ones; False: all of them are read.

        Raises:
            ConfigError: the preset is the paper's, and a part is not; the encoding reads appearance alone, and it is none of the parts.
        """
        if self.name == "paper" and (others := [part for part in inputs if part not in PAPER]):
            raise ConfigError(
                f"--inputs: preset paper reads {', '.join(PAPER)} or some of them, as Chao et al. 2016 have it, not {', '.join(others)}: "
                "leave it out, or take preset best"
            )
        if self.model.encoding == "appearance" and "appearance" not in inputs:
            raise ConfigError(f"--inputs {','.join(inputs)}: encoding appearance reads that part alone: name it, or take another")
        # The paper's parts of the modality are what models of before read, and are stored as they were.
        kept = self.model.appearance_values if is_ranked else None
        model = replace(self.model, modalities=modalities, inputs=(), appearance_values=kept)
        named = replace(model, inputs=tuple(inputs))
        return replace(self, model=model if named.reads == model.reads else replace(model, inputs=named.reads))

    def normalising(self, how: SubjectNormalisation | None) -> "Recipe":
        """The same with this normalisation by subject; None: as it is.

        Raises:
            ConfigError: auto of a recipe without clips' statistics, from which it would be read what people show.
        """
        if how is None:
            return self
        if how == "auto" and self.model.fusion_weight == 0:
            raise ConfigError(
                f"--subject-normalisation auto reads what people show by the pooled linear model, and preset {self.name} has none: "
                "choose on or off, or preset best"
            )
        return replace(self, model=self.model.normalising(how))

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values, by the names that 0.1.0 stored; what it did not know of only where it is used."""
        fit = {name: value for name, value in asdict(self.fit).items() if name not in _LATER or value}
        return {"name": self.name, "model": self.model.to_json(), "fit": fit}
