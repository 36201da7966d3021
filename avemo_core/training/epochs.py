"""One network's training: epochs of batches by length; the weights of the best epoch on validation are kept.

A training that is interrupted after epoch k and resumed draws what an uninterrupted one would, since nothing random is carried over:

    initial weights                                 torch's generator, seeded with `seed`; a resumed training overwrites them
    batches, phases of the stride, lost modalities  a numpy generator of [seed, epoch], the same in every process
    dropout                                         torch's generator, seeded every epoch by that numpy generator, plus the rank

The rest is `TrainingState`: history, best weights, and the learner's weights, optimiser and moving average.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor, nn

from avemo_core.bundle.config import ModelConfig
from avemo_core.errors import AvemoError, ConfigError
from avemo_core.model.batch import UNKNOWN, Batch, ClipInputs, by_length, collate
from avemo_core.model.network import Widths, build
from avemo_core.runtime.process_group import ProcessGroup
from avemo_core.training.attention_loss import attention_losses
from avemo_core.training.config import FitConfig
from avemo_core.training.learner import Learner, weights_of
from schemas.emotions import EMOTIONS


class EpochMetrics(NamedTuple):
    """What one epoch came to; validation figures are NaN without a validation set.

    Those of training are over all that was learned from, spliced clips included, and its loss is the whole one.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrainingState:
    """A training as it stands after an epoch: all that is needed to go on, tensors and numbers only."""

    history: tuple[EpochMetrics, ...] = ()
    learner: dict[str, Any] = field(default_factory=dict)
    """What `Learner.state` gave; empty before the first epoch."""
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    best_epoch: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """Labelled and preprocessed clips."""

    train: Sequence[ClipInputs]
    val: Sequence[ClipInputs] = ()
    splices: Sequence[ClipInputs] = ()
    """Spliced from those of `train`, and learned from together with them."""

    def __post_init__(self) -> None:
        """Refuse a training without labels."""
        if not self.train or any(clip.label == UNKNOWN for clip in (*self.train, *self.val, *self.splices)):
            raise ConfigError("training needs at least one clip, and a label on each")


def fit_network(  # noqa: PLR0913 - what is built, how, on what, and with whom are different things
    model: ModelConfig,
    fit: FitConfig,
    widths: Widths,
    data: Dataset,
    seed: int,
    *,
    process_group: ProcessGroup = ProcessGroup(),  # noqa: B008 - frozen
    device: torch.device | str = "cpu",
    resume: TrainingState | None = None,
    on_epoch: Callable[[TrainingState], None] | None = None,
) -> TrainingState:
    """Train one network; the same seed on the same machine gives the same bits.

    Args:
        model: what is built.
        fit: how it is trained.
        widths: of the inputs.
        data: labelled clips; every process gets all of them and reads its shard of each batch.
        seed: of the weights, the order of the clips and the dropout.
        process_group: the processes over which each global batch is divided.
        device: where the network lives.
        resume: the state of an interrupted training, to go on from.
        on_epoch: called with the state after every epoch.

    Returns:
        The last epoch's state; `best_weights` are the ones to use.

    Raises:
        AvemoError: the training diverged: its loss, or a weight, is no finite number.
    """
    torch.manual_seed(seed)
    learner = Learner(build(model, widths).to(device), fit)
    state = resume or TrainingState()
    if resume:
        learner.restore(resume.learner)
    while not _finished(fit, state):
        epoch = len(state.history) + 1
        train_loss, train_accuracy = _train_epoch(
            learner, fit, [*data.train, *data.splices], EpochContext(seed, epoch, model, process_group, device)
        )
        _check_finite(learner, train_loss, epoch, fit)
        val_loss, val_accuracy = _validate(learner.eval_model, data.val, model, process_group, device)
        result = EpochMetrics(epoch, train_loss, train_accuracy, val_loss, val_accuracy)
        state = _advanced(state, result, fit, learner)
        if on_epoch:
            on_epoch(state)
    return state


class EpochContext(NamedTuple):
    """Which epoch of which training; everything random in it follows from seed and epoch."""

    seed: int
    epoch: int
    model: ModelConfig
    process_group: ProcessGroup
    device: torch.device | str


def _finished(fit: FitConfig, state: TrainingState) -> bool:
    done = len(state.history)
    return done >= fit.epochs or (fit.patience is not None and done > 0 and done - state.best_epoch >= fit.patience)


def _check_finite(learner: Learner, loss: float, epoch: int, fit: FitConfig) -> None:
    """Refuse to go on with what cannot be scored. The loss is every process's, and so are the weights: all of them raise together."""
    broken = [name for name, values in learner.eval_model.state_dict().items() if not torch.isfinite(values).all()]
    if math.isfinite(loss) and not broken:
        return
    found = f"{broken[0]} is no finite number" if math.isfinite(loss) else f"its loss is {loss}"
    raise AvemoError(
        f"the training diverged: {found} after epoch {epoch}; nothing was written\n"
        f"  Look at the features (values far outside the others' range?), or try a learning_rate below {fit.learning_rate:g}."
    )


def _train_epoch(learner: Learner, fit: FitConfig, clips: Sequence[ClipInputs], context: EpochContext) -> tuple[float, float]:
    rng = np.random.default_rng([context.seed, context.epoch])
    torch.manual_seed(int(rng.integers(2**62)) + context.process_group.rank)
    learner.network.train()
    totals = torch.zeros(2, dtype=torch.float64)
    for indices in by_length([len(clip.has_face) for clip in clips], fit.batch_clips, rng):
        batch, weight = _own_shard(clips, indices, fit, context, rng)
        batch = batch.to(context.device)
        logits, perception, _ = learner.network(batch)
        # Each process divides by the size of the global batch, and gradients are summed over processes: the gradient of its mean.
        losses = nn.functional.cross_entropy(logits, batch.label, reduction="none") * weight
        if fit.attention_loss and perception.requires_grad:
            losses = losses + fit.attention_loss * weight * attention_losses(perception, batch.label, batch.moment)
        learner.step(losses.sum() / len(indices), context.process_group)
        correct = (logits.argmax(1) == batch.label).sum() * weight
        totals += torch.stack([losses.detach().sum(), correct]).double().cpu()
    loss, accuracy = (context.process_group.all_reduce(totals) / len(clips)).tolist()
    return loss, accuracy


def _own_shard(
    clips: Sequence[ClipInputs], indices: Int[np.ndarray, " batch"], fit: FitConfig, context: EpochContext, rng: np.random.Generator
) -> tuple[Batch, float]:
    """This process's shard of a global batch and its weight; an empty shard becomes the batch's first clip with weight 0.

    Phases and lost modalities are drawn for the whole batch, so that they do not depend on the number of processes. A process without
    clips still takes the step, since the others wait for its gradients.
    """
    stride = context.model.visual_stride
    phases = rng.integers(stride, size=len(indices))
    draw = rng.random(len(indices))
    own = context.process_group.shard(range(len(indices)))
    weight = 1.0 if own else 0.0
    own = own or [0]
    batch = collate([clips[indices[i]].strided(stride, int(phases[i])) for i in own])
    return _without_modalities(batch, torch.from_numpy(draw[own]), fit.modality_dropout), weight


def _without_modalities(batch: Batch, draw: Tensor, share: float) -> Batch:
    """Take the sound from a share of the clips and the face from as many others, where the other modality is there.

    draw    0 ........ share .................... 1 - share ........ 1
              no sound                both                  no face
    """
    if share == 0:
        return batch
    has_face, has_sound = batch.shape.flatten(1).any(1), batch.audio_steps > 0
    return batch.without(sound=(draw < share) & has_face, face=(draw >= 1 - share) & has_sound)


def _validate(
    network: nn.Module, clips: Sequence[ClipInputs], model: ModelConfig, process_group: ProcessGroup, device: torch.device | str
) -> tuple[float, float]:
    """Loss and accuracy on the validation clips, from the main process for everyone, so that all stop after the same epoch."""
    if not clips:
        return float("nan"), float("nan")
    figures = torch.zeros(2, dtype=torch.float64)
    if process_group.is_main:
        logits = logits_of(network, clips, model, device)
        labels = torch.tensor([clip.label for clip in clips])
        figures = torch.stack([nn.functional.cross_entropy(logits, labels), (logits.argmax(1) == labels).float().mean()]).double()
    loss, accuracy = process_group.broadcast(figures).tolist()
    return loss, accuracy


def logits_of(
    network: nn.Module, clips: Sequence[ClipInputs], model: ModelConfig, device: torch.device | str = "cpu", batch_clips: int = 64
) -> Tensor:
    """Logits of preprocessed clips in their own order, as scoring computes them."""
    network.eval()
    logits = torch.zeros(len(clips), len(EMOTIONS))
    with torch.inference_mode():
        for indices in by_length([len(clip.has_face) for clip in clips], batch_clips):
            batch = collate([clips[i].strided(model.visual_stride) for i in indices])
            logits[torch.from_numpy(indices)] = network(batch.to(device)).logits.cpu()
    return logits


def _advanced(state: TrainingState, result: EpochMetrics, fit: FitConfig, learner: Learner) -> TrainingState:
    better = fit.patience is None or _better(result, state.history)
    advanced = replace(state, history=(*state.history, result), learner=learner.state())
    return replace(advanced, best_weights=weights_of(learner.eval_model), best_epoch=result.epoch) if better else advanced


def _better(result: EpochMetrics, history: Sequence[EpochMetrics]) -> bool:
    """Higher validation accuracy than ever; ties: lower loss. Without validation clips the latest is the best."""
    if np.isnan(result.val_accuracy):
        return True
    best = max(((past.val_accuracy, -past.val_loss) for past in history), default=(-np.inf, 0.0))
    return (result.val_accuracy, -result.val_loss) > best


def history_rows(member: int, history: Sequence[EpochMetrics]) -> list[dict[str, float | int]]:
    """The history as rows of a table."""
    return [{"member": member, **epoch._asdict()} for epoch in history]
