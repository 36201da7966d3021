"""An ensemble from labelled clips: its preprocessing, its networks, its pooled linear model; and the temperature for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.bundle.probabilities import fit_temperature, late_fusion, mean_probabilities, temperature_scaled
from avemo_core.errors import ConfigError
from avemo_core.evaluation.metrics import summary
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.model.batch import ClipInputs
from avemo_core.model.network import Widths, build
from avemo_core.training.config import Recipe
from avemo_core.training.epochs import Dataset, TrainingState, fit_network, logits_of
from avemo_core.training.folds import group_of, grouped_folds
from avemo_core.training.splits import Split
from schemas.emotions import EMOTIONS

NetworkFitter = Callable[[Recipe, Widths, Dataset, int], TrainingState]
"""Trains one network of these input widths on the data, from a seed."""


def fit_in_process(recipe: Recipe, widths: Widths, data: Dataset, seed: int) -> TrainingState:
    """Train one network in this process."""
    return fit_network(recipe.model, recipe.fit, widths, data, seed)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ensemble:
    """Networks trained alike from several seeds, and the pooled linear model where the recipe has one."""

    recipe: Recipe
    preprocessor: Preprocessor
    members: tuple[TrainingState, ...]
    pooled: PooledClassifier | None

    def probabilities(self, clips: Sequence[ClipInputs]) -> Float[Tensor, "clip emotion"]:
        """Probabilities before temperature scaling."""
        probabilities = mean_probabilities([self._logits(state, clips) for state in self.members])
        if self.pooled:
            probabilities = late_fusion(probabilities, torch.from_numpy(self.pooled.logits(clips)), self.recipe.model.fusion_weight)
        return probabilities

    def _logits(self, state: TrainingState, clips: Sequence[ClipInputs]) -> Tensor:
        network = build(self.recipe.model, self.preprocessor.widths)
        network.load_state_dict(state.best_weights)
        return logits_of(network, clips, self.recipe.model)


class Calibration(NamedTuple):
    """The temperature fitted on held-out clips, and what it makes of them."""

    temperature: float
    held_out: dict[str, Any]
    """Figures on the clips that were held out for it, after temperature scaling."""


def fit_ensemble(
    recipe: Recipe, train: Sequence[ClipFeatures], val: Sequence[ClipFeatures], seeds: Sequence[int], fitter: NetworkFitter = fit_in_process
) -> Ensemble:
    """Fit the preprocessor and the pooled linear model on the training clips, and a network from every seed."""
    preprocessor = Preprocessor.fit(train, recipe.model)
    data = Dataset(train=preprocessed(preprocessor, train), val=preprocessed(preprocessor, val))
    members = tuple(fitter(recipe, preprocessor.widths, data, seed) for seed in seeds)
    pooled = PooledClassifier.fit(data.train) if recipe.model.fusion_weight else None
    return Ensemble(recipe=recipe, preprocessor=preprocessor, members=members, pooled=pooled)


def preprocessed(preprocessor: Preprocessor, clips: Sequence[ClipFeatures]) -> list[ClipInputs]:
    """Inputs of clips whose subjects' statistics come from these clips alone."""
    return preprocessor.inputs(clips, preprocessor.gather(clips))


def calibrate_by_cross_validation(
    recipe: Recipe, clips: Sequence[ClipFeatures], split: Split, seeds: Sequence[int], fitter: NetworkFitter = fit_in_process
) -> Calibration:
    """Fit the temperature by grouped cross-validation: to the probabilities of ensembles, each for the people it was trained without."""
    folds = grouped_folds(groups_in(split, clips))
    if len(folds) < 2:
        return Calibration(1.0, {})
    probabilities = torch.zeros(len(clips), len(EMOTIONS))
    for held_out in folds:
        learned = np.setdiff1d(np.arange(len(clips)), held_out)
        ensemble = fit_ensemble(recipe, [clips[i] for i in learned], (), seeds, fitter)
        inputs = preprocessed(ensemble.preprocessor, [clips[i] for i in held_out])
        probabilities[torch.from_numpy(held_out)] = ensemble.probabilities(inputs)
    return calibrate_on(probabilities, clips, split.emotions, groups_in(split, clips))


def calibrate_on(
    probabilities: Float[Tensor, "clip emotion"],
    clips: Sequence[ClipFeatures],
    emotions: Sequence[str] = EMOTIONS,
    groups: Sequence[str] | None = None,
) -> Calibration:
    """The temperature for held-out probabilities over these emotions, and the figures under it; `groups` as intervals take them."""
    labels = labels_of(clips)
    temperature = fit_temperature(probabilities, torch.from_numpy(labels), emotions)
    figures = summary(temperature_scaled(probabilities, temperature, emotions).numpy(), labels, [clip.subject for clip in clips], groups)
    return Calibration(temperature, dict(figures))


def groups_in(split: Split, clips: Sequence[ClipFeatures]) -> list[str]:
    """The group of each clip: what stays in one fold, and what intervals draw first."""
    return [split.groups.get(clip.clip_id, group_of(clip.subject, clip.source_id)) for clip in clips]


def labels_of(clips: Sequence[ClipFeatures]) -> Int[np.ndarray, " clip"]:
    """Index of each clip's emotion in `EMOTIONS`.

    Raises:
        ConfigError: a clip without a label.
    """
    unknown = [clip.clip_id for clip in clips if clip.label is None]
    if unknown:
        raise ConfigError(f"expected a label on every clip, found {len(unknown)} without, among them {', '.join(unknown[:3])}")
    return np.array([EMOTIONS.index(clip.label) for clip in clips if clip.label is not None], np.int64)
