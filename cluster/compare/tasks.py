"""The Ray tasks of a comparison: a fold's clips are preprocessed once, then every model is trained on them, each task on one core."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import ray
from jaxtyping import Float

from avemo_core.appearance import forest
from avemo_core.appearance.labelled_faces import CLIP_FACES
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.evaluation.folds import Fold
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.model.batch import ClipInputs
from avemo_core.model.network import Widths, build
from avemo_core.runtime import threads
from avemo_core.training.config import Recipe
from avemo_core.training.ensemble import labels_of, preprocessed, preprocessed_splices
from avemo_core.training.epochs import Dataset, fit_network, logits_of

Probabilities = Float[np.ndarray, "clip emotion"]


@dataclass(frozen=True, kw_only=True)
class ForestOptions:
    """How a random forest selects the appearance values of a fold."""

    keep: int
    """Values to keep."""
    trees: int


@dataclass(frozen=True, kw_only=True)
class PreprocessedFold:
    """A fold's clips as inputs of the networks, the same for every model."""

    widths: Widths
    inputs: Mapping[str, list[ClipInputs]]
    """By part."""
    splices: list[ClipInputs]
    """Made of the train part, to learn from as well."""


@dataclass(frozen=True, kw_only=True)
class FittedModel:
    """One model, trained once in one fold."""

    probabilities: Mapping[str, Probabilities]
    """By part."""
    parameters: int
    seconds: float
    """Of training."""


@ray.remote
def preprocess_fold(clips: Sequence[ClipFeatures], fold: Fold, recipe: Recipe, forest_options: ForestOptions | None) -> PreprocessedFold:
    """Select the appearance values and fit the preprocessor, both on the fold's train part alone.

    Args:
        clips: all of them.
        fold: which of them train, validate, test.
        recipe: of the preset; what the models differ in, their encoding, does not matter here.
        forest_options: None: the appearance is used as it is.
    """
    threads.use_one()
    parts = {name: [clips[i] for i in members] for name, members in fold.parts.items()}
    if forest_options:
        columns = selected_columns(parts["train"], forest_options)
        parts = {name: [replace(clip, appearance=clip.appearance[:, columns]) for clip in members] for name, members in parts.items()}
    # With a fusion weight the preprocessor also computes the clips' statistics, which the pooled linear model needs in every preset.
    config = recipe.model if recipe.model.fusion_weight else replace(recipe.model, fusion_weight=0.5)
    preprocessor = Preprocessor.fit(parts["train"], config)
    others = {name: preprocessed(preprocessor, members) for name, members in parts.items() if name != "train"}
    gathered = preprocessor.gather(parts["train"])
    return PreprocessedFold(
        widths=preprocessor.widths,
        inputs={"train": preprocessor.training_inputs(parts["train"], gathered=gathered)} | others,
        splices=preprocessed_splices(preprocessor, parts["train"], recipe.fit.splices, gathered=gathered),
    )


@ray.remote
def fit_one_network(data: PreprocessedFold, recipe: Recipe, seed: int) -> FittedModel:
    """Train one network, and predict every part."""
    threads.use_one()
    started = time.monotonic()
    dataset = Dataset(train=data.inputs["train"], val=data.inputs.get("val", ()), splices=data.splices)
    state = fit_network(recipe.model, recipe.fit, data.widths, dataset, seed)
    seconds = time.monotonic() - started
    network = build(recipe.model, data.widths)
    network.load_state_dict(state.best_weights)
    probabilities = {name: logits_of(network, clips, recipe.model).softmax(1).numpy() for name, clips in data.inputs.items()}
    return FittedModel(probabilities=probabilities, parameters=sum(p.numel() for p in network.parameters()), seconds=seconds)


@ray.remote
def fit_pooled(data: PreprocessedFold) -> FittedModel:
    """Fit the pooled linear model (logistic regression on each clip's statistics), and predict every part."""
    threads.use_one()
    started = time.monotonic()
    model = PooledClassifier.fit(data.inputs["train"])
    seconds = time.monotonic() - started
    probabilities = {name: _softmax(model.logits(clips)) for name, clips in data.inputs.items()}
    return FittedModel(probabilities=probabilities, parameters=model.weights.size + model.bias.size, seconds=seconds)


def selected_columns(clips: Sequence[ClipFeatures], options: ForestOptions) -> np.ndarray:
    """Columns of the appearance to keep, the most important for these clips' emotions first.

    Args:
        clips: labelled; of the train part.
        options: of the forest.

    Returns:
        As many as `options` says, or all there are; in the feature map's own order where no clip has a face.
    """
    if not any(clip.has_face.any() for clip in clips):
        return np.arange(min(options.keep, clips[0].appearance.shape[1]))
    face_steps = [_subsampled(np.flatnonzero(clip.has_face)) for clip in clips]
    values = np.concatenate([clip.appearance[steps] for clip, steps in zip(clips, face_steps, strict=True)]).astype(np.float32)
    labels = np.repeat(labels_of(clips), [len(steps) for steps in face_steps])
    return forest.order(values, labels, trees=options.trees)[: options.keep]


def _subsampled(steps: np.ndarray) -> np.ndarray:
    """At most `CLIP_FACES` of a clip's steps, evenly spread, as `select` takes them."""
    return steps[np.unique(np.linspace(0, len(steps) - 1, CLIP_FACES).round().astype(int))] if len(steps) else steps


def _softmax(logits: Probabilities) -> Probabilities:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    probabilities: np.ndarray = powers / powers.sum(1, keepdims=True)
    return probabilities
