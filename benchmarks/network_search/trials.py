"""What is tried: preset `best` in a short form that trains in a fifth of the time, with something changed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One configuration; the defaults are the short form of preset `best`."""

    short: bool = True
    """Audio steps averaged by fours, every sixth frame, 10 epochs of batches of 64; else as the preset has it."""
    model: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the model config."""
    fit: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the fit config."""
    network: Literal["paper", "segments", "branch"] = "paper"
    stride: int = 0
    """Every so many-th video step; 0: that of the form."""
    thirds: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Gain of each stream's values, of their running means, of their running deviations."""
    spectrum: float = 0.0
    """Audio components times this power of their deviation before whitening; 1: PCA without whitening."""
    label_smoothing: float = 0.0
    distil: float = 0.0
    """Share of the pooled linear model's probabilities in what is learned."""
    masks: bool = False
    mixup: float = 0.0
    noise: float = 0.0
    crop: bool = False
    splices: bool = False
    """Learn from spliced clips as well."""
    attention_loss: float = 0.0
    """Weight of the spliced clips' -log of the attention on their moment."""
    evidence: bool = False
    """Attention is fused with what the pooled linear model reads around each step."""
    pretrained: bool = False
    """Half as many epochs on the other sound corpus first."""

    def to_json(self) -> dict[str, Any]:
        """What is not the short form's."""
        default = asdict(Trial())
        return {name: value for name, value in asdict(self).items() if value != default[name]}


SHORT: Final[Mapping[str, Any]] = {"epochs": 10, "batch_clips": 64, "learning_rate": 4e-3}
SHORT_STRIDE: Final = 6

AVERAGE: Final[Mapping[str, Any]] = {"encoding": "average"}

TRIALS: Final[Mapping[str, Trial]] = {
    "preset best": Trial(short=False, fit={"epochs": 25}),
    "short form": Trial(),
    "average encoding": Trial(model=AVERAGE),
    "spliced clips too": Trial(splices=True),
    "spliced, attention taught .3": Trial(splices=True, attention_loss=0.3),
    "no running functionals": Trial(thirds=(1, 0, 0)),
    "PCA whitened by half": Trial(spectrum=0.5),
    "PCA not whitened": Trial(spectrum=1.0),
    "noise by clip .5": Trial(noise=0.5),
    "segments": Trial(network="segments", thirds=(0, 1, 1), stride=12),
    "distilled .7": Trial(distil=0.7),
    "linear branch": Trial(network="branch"),
    "mixup .4": Trial(mixup=0.4),
    "masks": Trial(masks=True),
    "crops": Trial(crop=True),
    "label smoothing .2": Trial(label_smoothing=0.2),
    "weight decay 1": Trial(fit={"weight_decay": 1.0}),
    "learning rate .001": Trial(fit={"learning_rate": 1e-3}),
    "5 epochs": Trial(fit={"epochs": 5}),
    "width 32, selector 8": Trial(model={"width": 32, "selector_width": 8}),
    "width 128, selector 32": Trial(model={"width": 128, "selector_width": 32}),
    "dropout .7": Trial(model={"dropout": 0.7}),
    "input dropout .6": Trial(model={"input_dropout": 0.6}),
    "attention dropout 0": Trial(model={"attention_dropout": 0.0}),
    "attention dropout .8": Trial(model={"attention_dropout": 0.8}),
    "batches of 128": Trial(fit={"batch_clips": 128, "learning_rate": 6e-3}),
    "running functionals alone": Trial(thirds=(0, 1, 1)),
    "pretrained on the other corpus": Trial(pretrained=True),
    "20 epochs": Trial(fit={"epochs": 20}),
    "taught 1, 20 epochs": Trial(splices=True, attention_loss=1.0, fit={"epochs": 20}),
    "segments, taught 1, 40 epochs": Trial(
        network="segments", thirds=(0, 1, 1), stride=6, splices=True, attention_loss=1.0, fit={"epochs": 40}
    ),
    "branch, taught 1, 20 epochs": Trial(network="branch", splices=True, attention_loss=1.0, fit={"epochs": 20}),
    "branch, distilled .7": Trial(network="branch", distil=0.7),
    "taught 3": Trial(splices=True, attention_loss=3.0),
    "taught 3, selector 64": Trial(splices=True, attention_loss=3.0, model={"selector_width": 64}),
    "taught 3, attention dropout 0": Trial(splices=True, attention_loss=3.0, model={"attention_dropout": 0.0}),
    "preset best, taught 1": Trial(short=False, splices=True, attention_loss=1.0, fit={"epochs": 25}),
    "preset best, taught 3": Trial(short=False, splices=True, attention_loss=3.0, fit={"epochs": 25}),
    "preset best, 20 epochs, taught 3": Trial(short=False, splices=True, attention_loss=3.0, fit={"epochs": 20}),
    "15 epochs of 64": Trial(short=False, fit={**SHORT, "epochs": 15}),
    "15 epochs of 64, taught 1": Trial(short=False, splices=True, attention_loss=1.0, fit={**SHORT, "epochs": 15}),
    "preset best, 12 epochs": Trial(short=False, fit={"epochs": 12}),
    "preset best, 12 epochs, taught 1": Trial(short=False, splices=True, attention_loss=1.0, fit={"epochs": 12}),
    "preset best, 12 epochs, evidence": Trial(short=False, evidence=True, fit={"epochs": 12}),
    "preset best, 12 epochs, taught 1, evidence": Trial(short=False, splices=True, attention_loss=1.0, evidence=True, fit={"epochs": 12}),
    "preset best, 12 epochs, taught 3": Trial(short=False, splices=True, attention_loss=3.0, fit={"epochs": 12}),
}
