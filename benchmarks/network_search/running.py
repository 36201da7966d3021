"""Trials on folds, one after the other; what is done is kept, and not done again."""

import json
import pickle
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from avemo_core.bundle.attention import with_evidence
from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.evaluation.localisation import localisation
from avemo_core.model.batch import ClipInputs
from network_search.corpora import SearchFold, clips_of, fold_of, recipe_for
from network_search.fitting import Fitted
from network_search.trials import TRIALS, Trial
from schemas.emotions import EMOTIONS

POOLED: Final = "pooled linear model"
GROUPS: Final = ("A1", "B1", "A2", "B2")
_OTHER: Final = {"java-sed-sound": "nemo-sound", "nemo-sound": "java-sed-sound"}


class Folds:
    """The folds of a cache; each is preprocessed once. Pickle: nobody but this script writes there or reads it."""

    def __init__(self, cache: Path, features: Path, media: Path) -> None:
        self._cache, self._features, self._media = cache, features, media
        self._last: tuple[str, str] | None = None

    def fold(self, corpus: str, group: str) -> SearchFold:
        """One of them; the last one stays in memory."""
        if self._last != (corpus, group):
            file = self._cache / f"{corpus}-{group}.pkl"
            if not file.exists():
                self._write(file, fold_of(corpus, group, clips_of(corpus, self._features), self._media))
            self._found: SearchFold = pickle.loads(file.read_bytes())  # noqa: S301 - our own
            self._last = (corpus, group)
        return self._found

    def other(self, fold: SearchFold) -> list[ClipInputs]:
        """The other sound corpus, as this fold's preprocessor makes inputs of it; nothing for a corpus with pictures."""
        if fold.corpus not in _OTHER:
            return []
        file = self._cache / f"{fold.corpus}-{fold.group}-other.pkl"
        if not file.exists():
            clips = clips_of(_OTHER[fold.corpus], self._features)
            self._write(file, fold.preprocessor.inputs(clips, fold.preprocessor.gather(clips)))
        found: list[ClipInputs] = pickle.loads(file.read_bytes())  # noqa: S301 - our own
        return found

    @staticmethod
    def _write(file: Path, content: object) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_bytes(pickle.dumps(content))
        part.replace(file)


def rows_of(results: Path) -> list[dict[str, Any]]:
    """What is done so far; a line cut off by an interruption is not done."""
    lines = results.read_text().splitlines(keepends=True) if results.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def run(
    trials: Sequence[str], corpora: Sequence[str], groups: Sequence[str], seeds: Sequence[int], folds: Folds, results: Path
) -> Iterator[dict[str, Any]]:
    """Rows that were not there yet, fold by fold; each is written as it comes."""
    done = {(row["trial"], row["corpus"], row["group"], row["seed"]) for row in rows_of(results)}
    # One group of each half first, so that an interrupted search has something of every corpus.
    for group in groups:
        for corpus in corpora:
            for name in trials:
                for seed in seeds if name != POOLED else (0,):
                    if (name, corpus, group, seed) not in done:
                        row = _row(name, folds, corpus, group, seed)
                        with results.open("a") as file:
                            file.write(json.dumps(row) + "\n")
                        yield row


def _row(name: str, folds: Folds, corpus: str, group: str, seed: int) -> dict[str, Any]:
    fold = folds.fold(corpus, group)
    started = time.process_time()
    about = {"trial": name, "corpus": corpus, "group": group, "seed": seed}
    if name == POOLED:
        pooled = PooledClassifier.fit(fold.train)
        found: dict[str, Any] = {
            "config": {},
            **_said(_shares(pooled.logits(fold.test)), fold),
            "splices": _localised(fold, _shares(pooled.logits(_splices_of(fold))), _even(fold), pooled),
        }
    else:
        trial = TRIALS[name]
        fitted = Fitted(trial, fold, seed, folds.other(fold) if trial.pretrained else ())
        found = {"config": trial.to_json(), **_said(fitted.scored(fold.test)[0], fold), "splices": _found(fitted, fold, trial)}
    return {**about, **found, "cpu_s": round(time.process_time() - started, 1)}


def _said(probabilities: np.ndarray, fold: SearchFold) -> dict[str, Any]:
    return {
        "clips": list(fold.clip_ids),
        "people": list(fold.people),
        "labels": [int(clip.label) for clip in fold.test],
        "probabilities": np.round(probabilities.astype(float), 4).tolist(),
    }


def _shares(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def _splices_of(fold: SearchFold) -> list[ClipInputs]:
    return [splice.inputs for splice in fold.test_splices]


def _even(fold: SearchFold) -> list[tuple[np.ndarray, np.ndarray]]:
    """No attention of any network: what is fused with it is the pooled linear model's alone."""
    times = [clip.strided(recipe_for(fold.corpus).model.visual_stride).step_time_s for clip in _splices_of(fold)]
    return [(np.full(len(time_s), 1 / len(time_s)), time_s) for time_s in times]


def _found(fitted: Fitted, fold: SearchFold, trial: Trial) -> list[Mapping[str, Any]]:
    """How much attention the spliced moments get; nothing of a network that attends to all steps alike."""
    if trial.model.get("encoding", "perception") != "perception":
        return []
    probabilities, perception, times = fitted.scored(_splices_of(fold))
    pooled = PooledClassifier.fit(fold.train) if trial.evidence else None
    return _localised(fold, probabilities, list(zip(perception, times, strict=True)), pooled)


def _localised(
    fold: SearchFold, probabilities: np.ndarray, attention: Sequence[tuple[np.ndarray, np.ndarray]], pooled: PooledClassifier | None
) -> list[Mapping[str, Any]]:
    found = []
    for splice, said, (weights, time_s) in zip(fold.test_splices, probabilities, attention, strict=True):
        paid = weights if pooled is None else _fused(weights, time_s, splice.inputs, pooled)
        value, ceiling = localisation(paid, time_s, *splice.moment)
        right = bool(said.argmax() == splice.inputs.label)
        about = {"person": splice.person, "label": int(splice.inputs.label), "level_matched": splice.level_matched, "right": right}
        found.append({**about, "localisation": round(float(value), 3), "ceiling": round(float(ceiling), 3)})
    return found


def _fused(weights: np.ndarray, time_s: np.ndarray, clip: ClipInputs, pooled: PooledClassifier) -> np.ndarray:
    """Of the moment's emotion, as scoring fuses it."""
    perception = np.repeat(weights[:, None].astype(np.float32), len(EMOTIONS), axis=1)
    return with_evidence(perception, replace(clip, step_time_s=time_s), pooled)[:, clip.label]
