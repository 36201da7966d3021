"""The four networks of Table 1."""

from typing import NamedTuple, assert_never

from jaxtyping import Float
from torch import Tensor, nn

from avemo_core.errors import ConfigError
from avemo_core.model.batch import Batch
from avemo_core.model.config import NetworkConfig
from avemo_core.model.dropout import AttentionDropout, Dropouts
from avemo_core.model.encoder import AppearanceEncoder, encoder
from avemo_core.model.heads import Average, LastTime
from avemo_core.model.perception import Perception
from schemas.emotions import EMOTIONS


class Widths(NamedTuple):
    """Widths of the network's inputs; of a modality that is not read, 0."""

    audio: int
    shape: int
    appearance: int


class Output(NamedTuple):
    """What a network gives for a batch."""

    logits: Float[Tensor, "batch emotion"]
    perception: Float[Tensor, "batch emotion t_v"]
    """Sums to 1 over a clip's steps for every emotion."""
    alignment: Float[Tensor, "batch t_v window"] | None
    """Of the encoder that makes h_av; None where the model reads no sound."""


class Proposed(nn.Module):
    """The proposed model: one encoder to classify, a smaller one to locate the attention.

    Source: Chao et al. 2016, section 2.3, Fig. 1b.
    """

    def __init__(self, config: NetworkConfig, widths: Widths) -> None:
        super().__init__()
        dropouts = _dropouts(config)
        self.encoder = encoder(*widths, config.width, config.half_window, dropouts)
        self.selector = encoder(*widths, config.selector_width, config.half_window, dropouts)
        self.attention_dropout = AttentionDropout(config.attention_dropout)
        self.head = Perception(config.width, config.selector_width, config.embedding, len(EMOTIONS))

    def forward(self, batch: Batch) -> Output:
        """Score a batch."""
        h_av, alignment = self.encoder(batch)
        h_av_sel, _ = self.selector(batch)
        logits, perception = self.head(h_av, h_av_sel, self.attention_dropout(batch.attention_mask))
        return Output(logits, perception, alignment)


class Baseline(nn.Module):
    """Average or last-time encoding over both streams.

    Source: Chao et al. 2016, section 4.1, the first architecture.
    """

    def __init__(self, config: NetworkConfig, widths: Widths) -> None:
        super().__init__()
        self.encoder = encoder(*widths, config.width, config.half_window, _dropouts(config))
        self.head = _head(config)

    def forward(self, batch: Batch) -> Output:
        """Score a batch."""
        h_av, alignment = self.encoder(batch)
        logits, perception = self.head(h_av, batch.step_mask)
        return Output(logits, perception, alignment)


class AppearanceOnly(nn.Module):
    """Average encoding of the appearance alone ("pool5 only" in Table 1)."""

    def __init__(self, config: NetworkConfig, widths: Widths) -> None:
        super().__init__()
        self.encoder = AppearanceEncoder(widths.appearance, config.width, _dropouts(config))
        self.head = Average(config.width, len(EMOTIONS))

    def forward(self, batch: Batch) -> Output:
        """Score a batch."""
        logits, perception = self.head(self.encoder(batch), batch.step_mask)
        return Output(logits, perception, None)


def build(config: NetworkConfig, widths: Widths) -> Proposed | Baseline | AppearanceOnly:
    """The network that a config describes, with fresh weights from torch's global generator.

    Raises:
        ConfigError: it is to read appearance alone, and there is none.
    """
    if config.encoding == "appearance" and not widths.appearance:
        raise ConfigError("encoding appearance reads faces alone, and there are none: choose perception, average or last")
    match config.encoding:
        case "perception":
            return Proposed(config, widths)
        case "average" | "last":
            return Baseline(config, widths)
        case "appearance":
            return AppearanceOnly(config, widths)
        case unknown:
            assert_never(unknown)


def _head(config: NetworkConfig) -> LastTime | Average:
    """The encoding of a baseline."""
    match config.encoding:
        case "last":
            return LastTime(config.width, len(EMOTIONS))
        case "average":
            return Average(config.width, len(EMOTIONS))
        case "perception" | "appearance":
            raise ValueError(f"encoding: expected last or average for a baseline, found {config.encoding}")
        case unknown:
            assert_never(unknown)


def _dropouts(config: NetworkConfig) -> Dropouts:
    return Dropouts(config.dropout, config.input_dropout, config.clip_dropout)
