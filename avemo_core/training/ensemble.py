"""From labelled clips to a bundle: preparation, members, pooled branch, calibration, figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from avemo_core.bundle.pooled_classifier import PooledLinear
from avemo_core.bundle.probabilities import calibrated, fused, mean_probabilities, temperature_of
from avemo_core.errors import ConfigError
from avemo_core.evaluation.metrics import summary
from avemo_core.features.clip_features import Sequences
from avemo_core.features.preprocess.preprocessor import Preparation
from avemo_core.model.batch import Inputs
from avemo_core.model.network import Widths, build
from avemo_core.training.config import Recipe
from avemo_core.training.epochs import Data, Progress, fit_network, logits_of
from avemo_core.training.folds import group_of, grouped_folds
from schemas.emotions import EMOTIONS

Trainer = Callable[[Recipe, Widths, Data, int], Progress]
"""Trains one network from a seed."""


def alone(recipe: Recipe, widths: Widths, data: Data, seed: int) -> Progress:
    """Train one network in this process."""
    return fit_network(recipe.model, recipe.fit, widths, data, seed)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ensemble:
    """Networks trained alike from several seeds, and the pooled model where the recipe has one."""

    recipe: Recipe
    preparation: Preparation
    members: tuple[Progress, ...]
    pooled: PooledLinear | None

    def votes(self, clips: Sequence[Inputs]) -> Float[Tensor, "clip emotion"]:
        """Probabilities before calibration."""
        votes = mean_probabilities([self._logits(member, clips) for member in self.members])
        if self.pooled:
            votes = fused(votes, torch.from_numpy(self.pooled.logits(clips)), self.recipe.model.pooled_share)
        return votes

    def _logits(self, member: Progress, clips: Sequence[Inputs]) -> Tensor:
        network = build(self.recipe.model, self.preparation.widths)
        network.load_state_dict(member.best_weights)
        return logits_of(network, clips, self.recipe.model)


class Calibration(NamedTuple):
    """What held-out votes say."""

    temperature: float
    held_out: dict[str, Any]
    """Figures on the clips that were held out for it, after calibration."""


def fit_ensemble(
    recipe: Recipe, train: Sequence[Sequences], val: Sequence[Sequences], seeds: Sequence[int], trainer: Trainer = alone
) -> Ensemble:
    """Fit the preparation on the training clips and a network from every seed."""
    preparation = Preparation.fit(train, recipe.model)
    data = Data(train=prepared(preparation, train), val=prepared(preparation, val))
    members = tuple(trainer(recipe, preparation.widths, data, seed) for seed in seeds)
    pooled = PooledLinear.fit(data.train) if recipe.model.pooled_share else None
    return Ensemble(recipe=recipe, preparation=preparation, members=members, pooled=pooled)


def prepared(preparation: Preparation, clips: Sequence[Sequences]) -> list[Inputs]:
    """Inputs of clips that are normalised by nothing but each other."""
    return preparation.inputs(clips, preparation.gather(clips))


def calibrate(recipe: Recipe, clips: Sequence[Sequences], seeds: Sequence[int], trainer: Trainer = alone) -> Calibration:
    """Grouped cross-validation: ensembles that have not seen a group vote on it, and the temperature is fitted to those votes."""
    folds = grouped_folds([group_of(clip.subject, clip.source_id) for clip in clips])
    if len(folds) < 2:
        return Calibration(1.0, {})
    votes = torch.zeros(len(clips), len(EMOTIONS))
    for held_out in folds:
        kept = np.setdiff1d(np.arange(len(clips)), held_out)
        ensemble = fit_ensemble(recipe, [clips[i] for i in kept], (), seeds, trainer)
        votes[torch.from_numpy(held_out)] = ensemble.votes(prepared(ensemble.preparation, [clips[i] for i in held_out]))
    return calibration(votes, clips)


def calibration(votes: Float[Tensor, "clip emotion"], clips: Sequence[Sequences]) -> Calibration:
    """The temperature for held-out votes, and the figures under it."""
    labels = labels_of(clips)
    temperature = temperature_of(votes, torch.from_numpy(labels))
    figures = summary(calibrated(votes, temperature).numpy(), labels, [clip.subject for clip in clips])
    return Calibration(temperature, dict(figures))


def labels_of(clips: Sequence[Sequences]) -> Int[np.ndarray, " clip"]:
    """Place of each clip's emotion in the one order.

    Raises:
        ConfigError: a clip without a label.
    """
    unknown = [clip.clip_id for clip in clips if clip.label is None]
    if unknown:
        raise ConfigError(f"expected a label on every clip, found {len(unknown)} without, among them {', '.join(unknown[:3])}")
    return np.array([EMOTIONS.index(clip.label) for clip in clips if clip.label is not None], np.int64)
