"""All models of a comparison, fitted in every fold: those of Table 1, the pooled linear model, and the late fusion of the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import ray
import torch
from jaxtyping import Int

from avemo_core.bundle.probabilities import late_fusion, mean_probabilities
from avemo_core.evaluation.comparison import ENCODINGS, Row, right_by_part
from avemo_core.evaluation.folds import Fold, held_out_part
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.streams import with_voice
from avemo_core.model.config import Encoding
from avemo_core.training.config import Recipe
from cluster.compare.in_turn import FoldTasks, folds_at_once, in_turn
from cluster.compare.tasks import FittedModel, ForestOptions, Probabilities, fit_one_network, fit_pooled, preprocess_fold

POOLED: Final = "pooled linear model"


@dataclass(frozen=True, kw_only=True)
class Results:
    """Every fitted model, by model, fold and run."""

    fitted: Mapping[str, Sequence[Sequence[FittedModel]]]
    encodings: Mapping[str, str]
    """Which of the models are rows of Table 1."""

    def rows(self, folds: Sequence[Fold], labels: Int[np.ndarray, " clip"]) -> list[Row]:
        """One row a model, in the order of the table."""
        return [self._row(model, folds, labels) for model in self.fitted]

    def held_out(self, folds: Sequence[Fold]) -> Iterator[tuple[str, Fold, int, Probabilities]]:
        """Model, fold, run, and its probabilities for the fold's held-out part; a fold without one is left out."""
        for model, by_fold in self.fitted.items():
            for fold, runs in zip(folds, by_fold, strict=True):
                part = held_out_part(fold.parts)
                yield from ((model, fold, number, run.probabilities[part]) for number, run in enumerate(runs) if part is not None)

    def _row(self, model: str, folds: Sequence[Fold], labels: Int[np.ndarray, " clip"]) -> Row:
        by_fold = self.fitted[model]
        predicted = [
            {part: np.stack([run.probabilities[part].argmax(1) for run in runs]) for part in runs[0].probabilities} for runs in by_fold
        ]
        all_runs = [run for runs in by_fold for run in runs]
        return Row(
            model=model,
            right=right_by_part(folds, predicted, labels),
            encoding=self.encodings.get(model),
            parameters=max(run.parameters for run in all_runs),
            seconds=float(np.mean([run.seconds for run in all_runs])),
        )


def fit_all(
    clips: Sequence[ClipFeatures],
    folds: Sequence[Fold],
    recipe: Callable[[Encoding], Recipe],
    forest_options: ForestOptions | None,
    repeats: int,
    *,
    proposed_alone: bool = False,
) -> Results:
    """Fit every model in every fold, each fold's networks on the same preprocessed clips; Ray must run.

    Few folds are in memory at once, however many there are.

    Args:
        clips: all of them.
        folds: indices into the clips.
        recipe: the preset for an encoding.
        forest_options: how appearance values are selected in each fold; None: they are used as they are.
        repeats: networks of each encoding in each fold, from as many seeds.
        proposed_alone: of Table 1 the proposed model alone is fitted, where not encodings are compared.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came.
    """
    heard = [with_voice(clip, recipe("perception").model) for clip in clips]  # once: it is the same in every fold
    shared: ray.ObjectRef[Sequence[ClipFeatures]] = ray.put(heard)
    encodings = encodings_of(recipe("perception").model.reads)
    if proposed_alone:
        encodings = {encoding: name for encoding, name in encodings.items() if encoding == "perception"}

    def start(fold: Fold) -> FoldTasks:
        data = preprocess_fold.remote(shared, fold, recipe("perception"), forest_options)
        networks = {
            name: [fit_one_network.remote(data, recipe(encoding), seed) for seed in range(repeats)] for encoding, name in encodings.items()
        }
        return networks | {POOLED: [fit_pooled.remote(data)]}

    tasks_a_fold = len(encodings) * repeats + 1
    resources: Callable[[], dict[str, float]] = ray.cluster_resources
    at_once = folds_at_once(int(resources().get("CPU", 1)), tasks_a_fold)
    by_fold = in_turn(folds, start, tasks_a_fold=tasks_a_fold, at_once=at_once)
    fitted: dict[str, list[list[FittedModel]]] = {name: [of_fold[name] for of_fold in by_fold] for name in (*encodings.values(), POOLED)}
    fusion_weight = recipe("perception").model.fusion_weight
    if fusion_weight:
        fitted |= _fused_models(fitted, fusion_weight, repeats)
    return Results(fitted=fitted, encodings={name: encoding for encoding, name in ENCODINGS.items()})


def encodings_of(reads: Sequence[str]) -> Mapping[Encoding, str]:
    """The rows of Table 1 that are a model: without appearance among the parts that are read, appearance alone is none."""
    return {encoding: name for encoding, name in ENCODINGS.items() if encoding != "appearance" or "appearance" in reads}


def _fused_models(fitted: Mapping[str, Sequence[Sequence[FittedModel]]], weight: float, repeats: int) -> dict[str, list[list[FittedModel]]]:
    """The pooled linear model fused with one network, and with the mean of all networks, as preset `best` has it."""
    both = list(zip(fitted[ENCODINGS["perception"]], fitted[POOLED], strict=True))
    one = {"best: 1 network and the pooled model": [[_with_late_fusion([run], pooled[0], weight) for run in runs] for runs, pooled in both]}
    if repeats == 1:
        return one
    return one | {f"best: {repeats} networks and the pooled model": [[_with_late_fusion(runs, pooled[0], weight)] for runs, pooled in both]}


def _with_late_fusion(networks: Sequence[FittedModel], pooled: FittedModel, weight: float) -> FittedModel:
    probabilities = {}
    for part, of_pooled in pooled.probabilities.items():
        mean = mean_probabilities([_logits(network.probabilities[part]) for network in networks])
        probabilities[part] = late_fusion(mean, _logits(of_pooled), weight).numpy()
    models = [*networks, pooled]
    return FittedModel(
        probabilities=probabilities, parameters=sum(model.parameters for model in models), seconds=sum(model.seconds for model in models)
    )


def _logits(probabilities: Probabilities) -> torch.Tensor:
    """Logits whose softmax are these probabilities, as late fusion takes them; 1e-12 stands for 0."""
    return torch.tensor(probabilities).clamp_min(1e-12).log()
