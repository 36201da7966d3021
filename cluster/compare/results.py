"""Who takes part in a comparison, and what became of each: Table 1's models, the pooled linear model, and what `best` makes of them."""

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
from avemo_core.model.config import Encoding
from avemo_core.training.config import Recipe
from cluster.compare.tasks import Choice, FittedModel, Probabilities, fit_one_network, fit_pooled, prepare_fold
from cluster.progress import Progress, duration
from cluster.ray.stopping import stop_requests

POOLED: Final = "pooled linear model"

_LINE_S: Final = 20.0
"""Between two lines about the networks."""
_LOOK_S: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class Results:
    """All that was trained: model -> fold -> run."""

    fitted: Mapping[str, Sequence[Sequence[FittedModel]]]
    encodings: Mapping[str, str]
    """Which of the models are rows of Table 1."""

    def rows(self, folds: Sequence[Fold], labels: Int[np.ndarray, " clip"]) -> list[Row]:
        """One row a model, in the order of the table."""
        return [self._row(model, folds, labels) for model in self.fitted]

    def held_out(self, folds: Sequence[Fold]) -> Iterator[tuple[str, Fold, int, Probabilities]]:
        """Model, fold, run, and what it said of the fold's held-out part; nothing where there is none."""
        for model, by_fold in self.fitted.items():
            for fold, runs in zip(folds, by_fold, strict=True):
                part = held_out_part(fold.parts)
                yield from ((model, fold, run, one.probabilities[part]) for run, one in enumerate(runs) if part is not None)

    def _row(self, model: str, folds: Sequence[Fold], labels: Int[np.ndarray, " clip"]) -> Row:
        by_fold = self.fitted[model]
        predicted = [
            {part: np.stack([run.probabilities[part].argmax(1) for run in runs]) for part in runs[0].probabilities} for runs in by_fold
        ]
        everyone = [run for runs in by_fold for run in runs]
        return Row(
            model=model,
            right=right_by_part(folds, predicted, labels),
            encoding=self.encodings.get(model),
            parameters=max(run.parameters for run in everyone),
            seconds=float(np.mean([run.seconds for run in everyone])),
        )


def fit_all(
    clips: Sequence[ClipFeatures], folds: Sequence[Fold], recipe: Callable[[Encoding], Recipe], choice: Choice | None, repeats: int
) -> Results:
    """Train everybody in every fold; Ray must run."""
    shared: ray.ObjectRef[Sequence[ClipFeatures]] = ray.put(clips)
    data = [prepare_fold.remote(shared, fold, recipe("perception"), choice) for fold in folds]
    tasks: dict[str, list[list[Any]]] = {
        name: [[fit_one_network.remote(one, recipe(encoding), seed) for seed in range(repeats)] for one in data]
        for encoding, name in ENCODINGS.items()
    }
    tasks[POOLED] = [[fit_pooled.remote(one)] for one in data]
    _await([task for by_fold in tasks.values() for runs in by_fold for task in runs])
    fitted: dict[str, list[list[FittedModel]]] = {name: [ray.get(runs) for runs in by_fold] for name, by_fold in tasks.items()}
    share = recipe("perception").model.fusion_weight
    if share:
        fitted |= _with_pooled(fitted, share, repeats)
    return Results(fitted=fitted, encodings={name: encoding for encoding, name in ENCODINGS.items()})


def _with_pooled(fitted: Mapping[str, Sequence[Sequence[FittedModel]]], share: float, repeats: int) -> dict[str, list[list[FittedModel]]]:
    """What the preset makes of them: the pooled model's vote with one network's, and with those of all of them."""
    both = list(zip(fitted[ENCODINGS["perception"]], fitted[POOLED], strict=True))
    alone = {"best: 1 network and the pooled model": [[_voted([run], pooled[0], share) for run in runs] for runs, pooled in both]}
    if repeats == 1:
        return alone
    return alone | {f"best: {repeats} networks and the pooled model": [[_voted(runs, pooled[0], share)] for runs, pooled in both]}


def _voted(networks: Sequence[FittedModel], pooled: FittedModel, share: float) -> FittedModel:
    votes = {}
    for part, linear in pooled.probabilities.items():
        mean = mean_probabilities([_log(network.probabilities[part]) for network in networks])
        votes[part] = late_fusion(mean, _log(linear), share).numpy()
    everyone = [*networks, pooled]
    return FittedModel(
        probabilities=votes, parameters=sum(one.parameters for one in everyone), seconds=sum(one.seconds for one in everyone)
    )


def _log(probabilities: Probabilities) -> torch.Tensor:
    return torch.tensor(probabilities).clamp_min(1e-12).log()


def _await(tasks: Sequence[Any]) -> None:
    """Wait for all, saying from time to time how far they are."""
    progress, waiting = Progress("compare"), list(tasks)
    started_s = line_s = time.monotonic()
    with stop_requests() as stop:
        while waiting:
            done, waiting = ray.wait(waiting, num_returns=1, timeout=_LOOK_S)
            ray.get(done)
            if stop:
                _give_up(waiting)
            if waiting and time.monotonic() - line_s > _LINE_S:
                line_s = time.monotonic()
                progress.say(f"compare: {len(tasks) - len(waiting)} of {len(tasks)} models trained in {duration(line_s - started_s)}")


def _give_up(waiting: Sequence[Any]) -> NoReturn:
    """Ray brings the process down when it is shut down in the middle of its tasks."""
    for task in waiting:
        ray.cancel(task, force=True)
    raise KeyboardInterrupt
