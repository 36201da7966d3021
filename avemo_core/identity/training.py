"""Training a face network to tell people apart: the identity pretraining of section 3.2.

Source: Chao et al. 2016, section 3.2 (a softmax over 1,032 identities); Krizhevsky et al. 2012, section 5 (SGD with momentum).
Departs: a cosine schedule with a warm-up in place of dividing the learning rate by ten by hand.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from avemo_core.appearance.network import preprocessed
from avemo_core.appearance.networks import Identity
from avemo_core.errors import AvemoError, ConfigError
from avemo_core.identity.identity_pictures import IdentitySplit
from avemo_core.identity.loader import IGNORED, Pictures, stream
from avemo_core.runtime.process_group import ProcessGroup


@dataclass(frozen=True, kw_only=True)
class PretrainConfig:
    """How the network learns."""

    epochs: int = 30
    """Passes over the pictures."""
    batch: int = 128
    """Pictures a step, over all workers."""
    learning_rate: float = 0.01
    """After the warm-up; falls to 0 over the run along a cosine."""
    momentum: float = 0.9
    weight_decay: float = 5e-4
    warm_up: float = 0.05
    """Share of the steps over which the learning rate rises."""
    dropout: float = 0.5
    """Of AlexNet's full layers."""
    gradient_norm: float = 5.0
    """Larger gradients are shortened to it."""
    augment: bool = True
    """Vary the chips."""
    precision: str = "float32"
    """float32 or bfloat16 (mixed: weights stay float32)."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot train."""
        if self.epochs < 1 or self.batch < 1:
            raise ConfigError(f"--epochs and --batch must be at least 1, not {self.epochs} and {self.batch}")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise ConfigError(f"--learning-rate must be a number above 0, not {self.learning_rate:g}")
        if not 0 <= self.dropout < 1:
            raise ConfigError(f"--dropout is a share, at least 0 and below 1, not {self.dropout:g}")
        if self.seed < 0:
            raise ConfigError(f"--seed must be at least 0, not {self.seed}")


class IdentityEpoch(NamedTuple):
    """One pass, measured."""

    number: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float


@dataclass(frozen=True, kw_only=True)
class IdentityTrainingState:
    """Where a training stands: everything that is needed to go on as if it had not stopped."""

    epoch: int
    """Epochs done."""
    step: int
    """Steps done in the next one."""
    seen: int
    """Pictures seen in those steps."""
    totals: tuple[float, float]
    """Loss and correct ones, summed over those pictures."""
    weights: Mapping[str, Tensor]
    optimiser: Mapping[str, Any]
    history: tuple[IdentityEpoch, ...]


class Classifier(nn.Module):
    """An identity network and the softmax over the people it is trained on."""

    def __init__(self, network: Identity, people: int) -> None:
        super().__init__()
        self.network = network
        self.people = nn.Linear(network.embedding, people)
        nn.init.normal_(self.people.weight, std=0.01)
        nn.init.zeros_(self.people.bias)

    def forward(self, faces: Float[Tensor, "face rgb height width"]) -> Float[Tensor, "face person"]:
        """Unnormalised log-probabilities."""
        logits: Tensor = self.people(self.network(faces))
        return logits


class IdentityTrainer:
    """Trains one network on one or several processes.

    Args:
        network: starts from its weights.
        pictures: of everyone.
        split: which of them to train on, and which to validate on.
        config: how.
        process_group: the processes that divide every batch among them.
        device: where the network lives.
    """

    def __init__(
        self,
        network: Identity,
        pictures: Pictures,
        split: IdentitySplit,
        config: PretrainConfig,
        *,
        process_group: ProcessGroup,
        device: torch.device,
    ) -> None:
        torch.manual_seed(config.seed)
        _set_dropout(network, config.dropout)
        self._classifier = Classifier(network, len(split.people)).to(device=device)
        self._pictures, self._train, self._validation = pictures, split.train, split.validation
        self._config, self._process_group, self._device = config, process_group, device
        self._optimiser = torch.optim.SGD(
            self._classifier.parameters(), lr=config.learning_rate, momentum=config.momentum, weight_decay=config.weight_decay
        )
        self.steps = math.ceil(len(self._train) / config.batch)
        """In an epoch."""

    def fit(self, resume: IdentityTrainingState | None, on_step: Callable[[IdentityTrainingState], None]) -> tuple[IdentityEpoch, ...]:
        """Train to the end, or to a loss that is no number (AvemoError); `on_step` may save the state it is given, of live tensors."""
        state = resume or IdentityTrainingState(epoch=0, step=0, seen=0, totals=(0.0, 0.0), weights={}, optimiser={}, history=())
        if resume:
            self._classifier.load_state_dict(dict(resume.weights))
            self._optimiser.load_state_dict(dict(resume.optimiser))
        while state.epoch < self._config.epochs:
            for reached in self._epoch(state):
                on_step(self._live(reached))
                state = reached
        return state.history

    def _live(self, state: IdentityTrainingState) -> IdentityTrainingState:
        return replace(state, weights=self._classifier.state_dict(), optimiser=self._optimiser.state_dict())

    def _epoch(self, state: IdentityTrainingState) -> Iterator[IdentityTrainingState]:
        """The rest of one pass, a step at a time; the last state has its figures in the history."""
        seeds = (self._config.seed, state.epoch)
        order = np.random.default_rng(seeds).permutation(self._train).tolist()
        batches = [order[start : start + self._config.batch] for start in range(0, len(order), self._config.batch)][state.step :]
        own = [self._process_group.shard(batch) or batch[:1] for batch in batches]
        chips = stream(self._pictures, own, seeds if self._config.augment else None)
        for batch, (faces, persons) in zip(batches, chips, strict=True):
            loss, correct = self._step(faces, persons, len(batch), state)
            if not math.isfinite(loss):
                raise AvemoError(
                    f"the training diverged: its loss is {loss} in step {state.step + 1} of epoch {state.epoch + 1}; nothing was written\n"
                    f"  Try a --learning-rate below {self._config.learning_rate:g}, or other weights to start --from."
                )
            totals = (state.totals[0] + loss, state.totals[1] + correct)
            state = replace(state, step=state.step + 1, seen=state.seen + len(batch), totals=totals)
            if state.step < self.steps:
                yield state
        val_loss, val_accuracy = self._validate()
        loss, accuracy = (total / len(self._train) for total in state.totals)
        done = IdentityEpoch(state.epoch + 1, loss, accuracy, val_loss, val_accuracy)
        yield replace(state, epoch=state.epoch + 1, step=0, seen=0, totals=(0.0, 0.0), history=(*state.history, done))

    def _step(self, faces: Tensor, persons: Tensor, total: int, state: IdentityTrainingState) -> tuple[float, float]:
        """One step on one global batch; its summed loss and the number of pictures named right."""
        step = state.epoch * self.steps + state.step
        torch.manual_seed(int(np.random.SeedSequence([self._config.seed, step, self._process_group.rank]).generate_state(1)[0]))
        # A process without a picture of this batch computes on another one, with weight 0: all must take part in the sums.
        weight = 0.0 if self._process_group.rank >= total else 1.0
        self._classifier.train()
        self._optimiser.param_groups[0]["lr"] = self._config.learning_rate * self._rate(step)
        persons = persons.to(self._device)
        logits = self._logits(faces)
        loss = weight * nn.functional.cross_entropy(logits, persons, reduction="sum")
        self._optimiser.zero_grad()
        torch.autograd.backward(loss / total)
        self._process_group.all_reduce_gradients(self._classifier.parameters())
        nn.utils.clip_grad_norm_(self._classifier.parameters(), self._config.gradient_norm)
        self._optimiser.step()
        figures = torch.stack([loss.detach(), weight * (logits.argmax(1) == persons).sum()])
        summed_loss, correct = self._process_group.all_reduce(figures).tolist()
        return summed_loss, correct

    def _rate(self, step: int) -> float:
        """The learning rate's factor: up along a line, down along a cosine."""
        steps = self.steps * self._config.epochs
        rising = max(1, round(self._config.warm_up * steps))
        if step < rising:
            return (step + 1) / rising
        return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))

    def _logits(self, faces: Tensor) -> Float[Tensor, "face person"]:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._config.precision == "bfloat16"):
            logits: Tensor = self._classifier(self._ready(faces))
        return logits.float()

    def _ready(self, faces: Tensor) -> Tensor:
        network = self._classifier.network
        return preprocessed(faces.to(self._device, non_blocking=True), network.mean_rgb, network.scale)

    @torch.inference_mode()
    def _validate(self) -> tuple[float, float]:
        """Mean loss and accuracy on the validation pictures that could be read, each evaluated by one process; NaN without any."""
        if not self._validation:
            return float("nan"), float("nan")
        self._classifier.eval()
        figures = torch.zeros(3, device=self._device)
        for faces, persons in self._own(self._validation):
            logits, labels = self._logits(faces), persons.to(self._device)
            losses = nn.functional.cross_entropy(logits, labels, reduction="sum")  # of IGNORED, a picture that is gone, 0
            figures += torch.stack([losses, (logits.argmax(1) == labels).sum(), (labels != IGNORED).sum()])
        loss, right, read = self._process_group.all_reduce(figures).tolist()
        return (loss / read, right / read) if read else (float("nan"), float("nan"))

    @torch.inference_mode()
    def embeddings(self, numbers: Sequence[int]) -> Float[np.ndarray, "picture value"]:
        """The network's values for each picture, summed over the face and its mirror image; of a picture that is gone, of black."""
        self._classifier.eval()
        # Each process fills in its own rows; the sum over all processes has every row.
        embeddings = torch.zeros(len(numbers), self._classifier.network.embedding, device=self._device)
        places = iter(self._process_group.shard(range(len(numbers))))
        for faces, _ in self._own(numbers):
            values = sum(self._classifier.network(self._ready(side)).float() for side in (faces, faces.flip(2)))
            for value in values:
                embeddings[next(places)] = value
        summed: np.ndarray = self._process_group.all_reduce(embeddings).cpu().numpy()
        return summed

    def _own(self, numbers: Sequence[int]) -> Iterator[tuple[Tensor, Tensor]]:
        """This process's shard of some pictures, as they are, in batches."""
        own = self._process_group.shard(list(numbers))
        size = max(1, self._config.batch // self._process_group.count)
        return stream(self._pictures, [own[start : start + size] for start in range(0, len(own), size)])


def _set_dropout(network: nn.Module, share: float) -> None:
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = share
