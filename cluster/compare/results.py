"""All models of a comparison, fitted in every fold: those of Table 1, the pooled linear model, and the late fusion of the two."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import numpy as np
import ray
import torch
from jaxtyping import Int

from avemo_core.bundle.probabilities import late_fusion, mean_probabilities
from avemo_core.evaluation.comparison import ENCODINGS, Fold, Row, held_out_part, right_by_part
from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.config import Modalities
from avemo_core.model.config import Encoding
from avemo_core.training.config import Recipe
from cluster.compare.tasks import FittedModel, ForestOptions, Probabilities, fit_one_network, fit_pooled, preprocess_fold
from cluster.progress import Progress, duration
from cluster.ray.stopping import stop_requests

POOLED: Final = "pooled linear model"

_LINE_S: Final = 20.0
"""Between two lines about how many models are trained."""
_POLL_S: Final = 1.0
"""Between two checks for a signal."""


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
) -> Results:
    """Fit every model in every fold, each fold's networks on the same preprocessed clips; Ray must run.

    Args:
        clips: all of them.
        folds: indices into the clips.
        recipe: the preset for an encoding.
        forest_options: how appearance values are selected in each fold; None: they are used as they are.
        repeats: networks of each encoding in each fold, from as many seeds.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came.
    """
    shared: ray.ObjectRef[Sequence[ClipFeatures]] = ray.put(clips)
    prepared = [preprocess_fold.remote(shared, fold, recipe("perception"), forest_options) for fold in folds]
    tasks: dict[str, list[list[Any]]] = {
        name: [[fit_one_network.remote(fold, recipe(encoding), seed) for seed in range(repeats)] for fold in prepared]
        for encoding, name in encodings_of(recipe("perception").model.modalities).items()
    }
    tasks[POOLED] = [[fit_pooled.remote(fold)] for fold in prepared]
    _await([task for by_fold in tasks.values() for runs in by_fold for task in runs])
    fitted: dict[str, list[list[FittedModel]]] = {name: [ray.get(runs) for runs in by_fold] for name, by_fold in tasks.items()}
    fusion_weight = recipe("perception").model.fusion_weight
    if fusion_weight:
        fitted |= _fused_models(fitted, fusion_weight, repeats)
    return Results(fitted=fitted, encodings={name: encoding for encoding, name in ENCODINGS.items()})


def encodings_of(modalities: Modalities) -> Mapping[Encoding, str]:
    """The rows of Table 1 that are a model: without faces, appearance alone is none."""
    return {encoding: name for encoding, name in ENCODINGS.items() if encoding != "appearance" or modalities != "sound"}


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


def _await(tasks: Sequence[Any]) -> None:
    """Wait for all, with a line from time to time about how many are done."""
    progress, waiting = Progress("compare"), list(tasks)
    started_s = line_s = time.monotonic()
    with stop_requests() as stop:
        while waiting:
            done, waiting = ray.wait(waiting, num_returns=1, timeout=_POLL_S)
            ray.get(done)
            if stop:
                _cancel(waiting)
            if waiting and time.monotonic() - line_s > _LINE_S:
                line_s = time.monotonic()
                progress.say(f"compare: {len(tasks) - len(waiting)} of {len(tasks)} models trained in {duration(line_s - started_s)}")


def _cancel(waiting: Sequence[Any]) -> NoReturn:
    """Cancel the tasks, then interrupt: a shutdown of Ray while its tasks run would end this process without its exit code."""
    for task in waiting:
        ray.cancel(task, force=True)
    raise KeyboardInterrupt
