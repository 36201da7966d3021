"""An ensemble from labelled clips: its preprocessing, its networks, its pooled linear model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.bundle.probabilities import late_fusion, mean_probabilities
from avemo_core.errors import ConfigError
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.features.splicing import Moment
from avemo_core.model.batch import ClipInputs
from avemo_core.model.network import Widths, build
from avemo_core.novelty.detector import Description
from avemo_core.runtime.scratch import Keep, Storage, as_it_is, in_memory
from avemo_core.runtime.stored import changed
from avemo_core.training.config import Recipe
from avemo_core.training.epochs import Dataset, TrainingState, fit_network, logits_of
from avemo_core.training.splices import training_splices
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
    described: Sequence[Description] = ()
    """The training clips, as novelty sees them."""

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


def fit_ensemble(
    recipe: Recipe,
    train: Sequence[ClipFeatures],
    val: Sequence[ClipFeatures],
    seeds: Sequence[int],
    fitter: NetworkFitter = fit_in_process,
    storage: Storage = in_memory,
) -> Ensemble:
    """Fit the preprocessor and the pooled linear model on the training clips, and a network from every seed.

    Args:
        recipe: a preset.
        train: clips to learn from.
        val: clips by which an epoch is chosen, where the recipe does so.
        seeds: one network each.
        fitter: trains one network.
        storage: keeps what is made of the clips while they are learned from.
    """
    with storage() as keep:
        preprocessor = Preprocessor.fit(train, recipe.model)
        gathered = preprocessor.gather(train)
        data = Dataset(
            train=preprocessor.training_inputs(train, None, keep, gathered),
            val=preprocessed(preprocessor, val, keep),
            splices=preprocessed_splices(preprocessor, train, recipe.fit.splices, keep, gathered),
        )
        members = tuple(fitter(recipe, preprocessor.widths, data, seed) for seed in seeds)
        pooled = PooledClassifier.fit(data.train) if recipe.model.fusion_weight else None
        described = [clip.description for clip in data.train]
    return Ensemble(recipe=recipe, preprocessor=preprocessor, members=members, pooled=pooled, described=described)


def preprocessed(preprocessor: Preprocessor, clips: Sequence[ClipFeatures], keep: Keep = as_it_is) -> list[ClipInputs]:
    """Inputs of clips whose subjects' statistics come from these clips alone."""
    return preprocessor.inputs(clips, preprocessor.gather(clips), keep)


def preprocessed_splices(
    preprocessor: Preprocessor,
    clips: Sequence[ClipFeatures],
    share: float,
    keep: Keep = as_it_is,
    gathered: SubjectStatistics | None = None,
) -> list[ClipInputs]:
    """Inputs of clips spliced from these, normalised by what all of a person's clips show: most of a splice is neutral."""
    if not share:
        return []
    moments: list[Moment] = []

    def joined() -> Iterator[ClipFeatures]:
        for clip, moment in training_splices(clips, share):
            moments.append(moment)
            yield clip

    inputs = preprocessor.training_inputs(clips, joined(), keep, gathered)
    return [changed(one, moment_s=(moment.start_s, moment.stop_s)) for one, moment in zip(inputs, moments, strict=True)]


def labels_of(clips: Sequence[ClipFeatures]) -> Int[np.ndarray, " clip"]:
    """Index of each clip's emotion in `EMOTIONS`.

    Raises:
        ConfigError: a clip without a label.
    """
    unknown = [clip.clip_id for clip in clips if clip.label is None]
    if unknown:
        raise ConfigError(f"expected a label on every clip, found {len(unknown)} without, among them {', '.join(unknown[:3])}")
    return np.array([EMOTIONS.index(clip.label) for clip in clips if clip.label is not None], np.int64)
