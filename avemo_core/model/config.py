"""What a network is made of: the encoding and the widths of its layers."""

from dataclasses import dataclass
from typing import Literal, get_args

from avemo_core.errors import ConfigError

Encoding = Literal["perception", "average", "last", "appearance"]
"""The four models of Table 1: proposed, average encoding, last-time encoding, average encoding (pool5 only)."""


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """The layers of one network; the defaults are the paper's proposed model (section 4.1)."""

    encoding: Encoding = "perception"
    width: int = 32
    """Memory cells of both LSTMs that make h_av, and nodes of the hidden layers before them."""
    selector_width: int = 8
    """The same for h_av_sel; only perception has it."""
    embedding: int = 8
    """Width of the emotion embeddings e_n."""
    half_window: int = 2
    """w: the alignment window has 2w positions, offsets -w .. w - 1 in audio steps."""
    dropout: float = 0.5
    """After every hidden layer."""
    input_dropout: float = 0.0
    attention_dropout: float = 0.0
    """Share of a clip's steps hidden from the perception attention in training, so that it leans on no single one."""
    clip_dropout: bool = False
    """One mask a clip instead of one a step."""

    def __post_init__(self) -> None:
        """Refuse an encoding nobody knows, e.g. of a later version's bundle, and sizes that make no network."""
        if self.encoding not in get_args(Encoding):
            raise ConfigError(f"encoding must be one of {', '.join(get_args(Encoding))}, not {self.encoding}")
        for name in ("width", "selector_width", "embedding", "half_window"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("dropout", "input_dropout", "attention_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} must lie in [0, 1), not {getattr(self, name)}")

    @property
    def window(self) -> int:
        """Positions of the alignment window, 2w."""
        return 2 * self.half_window
