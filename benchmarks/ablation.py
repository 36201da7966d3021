"""What each ingredient of preset `best` is worth on people never seen: one subject left out at a time, one ingredient at a time.

    python benchmarks/ablation.py FEATURES [--seeds 3] [--rows NAME ..]

FEATURES is a table extracted with `--selection all`; the appearance values are chosen in every fold from its train part. Of clips without
faces it may be any, and the rows that change how faces are read are left out. Of each row:
accuracy with its interval over people, and UAR, of single networks (mean over seeds), of their ensemble, of the pooled linear model, and
of both together as the preset has it.
Then, where no rows are named: the same accuracy when a person is known by few clips, or by clips of two emotions only.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import ray
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.bundle.probabilities import late_fusion, mean_probabilities
from avemo_core.evaluation.folds import leave_out
from avemo_core.evaluation.in_words import estimate, interval_over
from avemo_core.evaluation.intervals import Clusters, estimates
from avemo_core.features.clip_features import FEATURE_COLUMNS, ClipFeatures, from_table
from avemo_core.features.preprocess.modalities import modalities_of
from avemo_core.features.preprocess.subjects import SubjectStatistics
from avemo_core.runtime import threads
from avemo_core.training import presets
from avemo_core.training.config import Recipe
from avemo_core.training.ensemble import Ensemble, fit_ensemble, labels_of
from cluster.compare.tasks import ForestOptions, selected_columns
from cluster.ray.session import session
from cluster.tables import parts
from schemas.emotions import EMOTIONS

ROWS: Mapping[str, Mapping[str, Any]] = {
    "best": {},
    "without normalisation by subject": {"subject_normalised": False},
    "without relevance factor": {"relevance_factor": 0.0},
    "without prosody": {"prosody": False},
    "means and deviations, no functionals": {"pooled_functionals": False},
    "pitch to 450 Hz, octaves folded": {"pitch_ceiling_hz": 450.0, "folds_octaves": True},
    "neither functionals nor the higher pitch": {"pooled_functionals": False, "pitch_ceiling_hz": 450.0, "folds_octaves": True},
    "without Procrustes alignment": {"shape_procrustes": False},
    "without running functionals": {"functionals_s": 0.0},
    "without attention dropout": {"attention_dropout": 0.0},
    "the last weights, not their running mean": {"average_decay": 0.0},
    "without input dropout": {"input_dropout": 0.0},
    "dropout masks a step, not a clip": {"clip_dropout": False},
    "without compressing audio": {"audio_compressed": False},
    "without modality dropout": {"modality_dropout": 0.0},
    "all 1024 appearance values": {"appearance_values": None},
    "50 audio components": {"audio_components": 50},
    "every frame, every audio step": {"visual_stride": 1, "audio_average_steps": 1},
    "fusion weight .85": {"fusion_weight": 0.85},
    "fusion weight .5": {"fusion_weight": 0.5},
    "widths of the paper (32, 8)": {"width": 32, "selector_width": 8},
    "Adadelta as in the paper": {"optimiser": "adadelta", "learning_rate": 1.0, "weight_decay": 5e-4},
    "average encoding": {"encoding": "average"},
}
OF_FACES = ("without Procrustes alignment", "without modality dropout", "all 1024 appearance values")
"""Rows that say nothing of sound alone."""
KNOWN, DRAWS = {"of all emotions": (0, 1, 3, 8, 24), "of two emotions": (1, 3, 8)}, 5
"""Clips a person is known by, 0 being the clip itself alone; draws of them that are averaged."""
RELEVANCE_FACTORS = (presets.best().model.relevance_factor, 4.0)


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Probabilities of a fold's held-out clips, by part of the model."""

    networks: np.ndarray
    """run clip emotion"""
    pooled: np.ndarray
    fusion_weight: float

    @property
    def together(self) -> np.ndarray:
        """As the preset has it."""
        mean = torch.tensor(self.networks.mean(0))
        return late_fusion(mean, torch.tensor(self.pooled).clamp_min(1e-12).log(), self.fusion_weight).numpy()


def recipe_of(changes: Mapping[str, Any]) -> Recipe:
    """Preset `best` with some of it changed."""
    best = presets.best()
    fit = {name: value for name, value in changes.items() if hasattr(best.fit, name)}
    model = {name: value for name, value in changes.items() if name not in fit}
    return replace(best, model=replace(best.model, **model), fit=replace(best.fit, **fit))


def held_out_of(ensemble: Ensemble, clips: Sequence[ClipFeatures], subjects: SubjectStatistics) -> HeldOut:
    """Probabilities of its networks and of its pooled linear model, each by itself."""
    inputs = ensemble.preprocessor.inputs(clips, subjects)
    networks = np.stack([mean_probabilities([ensemble._logits(one, inputs)]).numpy() for one in ensemble.members])  # noqa: SLF001
    pooled = torch.from_numpy(ensemble.pooled.logits(inputs)).softmax(1).numpy()
    return HeldOut(networks=networks, pooled=pooled, fusion_weight=ensemble.recipe.model.fusion_weight)


@ray.remote
def order_of(train: Sequence[ClipFeatures]) -> np.ndarray:
    """The appearance values that the forest selects."""
    threads.use_one()
    return selected_columns(train, ForestOptions(keep=1024, trees=150))


@ray.remote
def left_out(train: Sequence[ClipFeatures], test: Sequence[ClipFeatures], recipe: Recipe, seeds: int) -> HeldOut:
    """Train on some people and score another, known by all clips."""
    threads.use_one()
    ensemble = fit_ensemble(recipe, train, (), range(seeds))
    return held_out_of(ensemble, test, ensemble.preprocessor.gather(test))


@ray.remote
def known_by_few(train: Sequence[ClipFeatures], test: Sequence[ClipFeatures], recipe: Recipe, seeds: int) -> dict[tuple[str, int], float]:
    """Clips named right when the person is known by few clips, of all emotions or of two."""
    threads.use_one()
    ensemble, labels, draw = fit_ensemble(recipe, train, (), range(seeds)), labels_of(test), np.random.default_rng(0)
    right = {}
    for kind, counts in KNOWN.items():
        for count in counts:
            found = [_right_when_known_by(_drawn(labels, count, kind, draw), ensemble, test) for _ in range(DRAWS if count else 1)]
            right[kind, count] = float(np.mean(found))
    return right


def _drawn(labels: np.ndarray, count: int, kind: str, draw: np.random.Generator) -> np.ndarray:
    """Indices of so many clips, taken from the emotions in turn."""
    emotions = draw.permutation(np.unique(labels))[: None if kind == "of all emotions" else 2]
    turns = sorted(
        (turn, place, clip)
        for place, emotion in enumerate(emotions)
        for turn, clip in enumerate(draw.permutation(np.flatnonzero(labels == emotion)))
    )
    return np.array([clip for _, _, clip in turns[:count]], int)


def _right_when_known_by(places: np.ndarray, ensemble: Ensemble, test: Sequence[ClipFeatures]) -> float:
    subjects = ensemble.preprocessor.gather([test[place] for place in places])
    return float((held_out_of(ensemble, test, subjects).together.argmax(1) == labels_of(test)).sum())


def main() -> None:
    """Print a line a row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", nargs="+", choices=ROWS, metavar="NAME")
    arguments = parser.parse_args()
    clips = sorted(
        (clip for clip in from_table(parts.read(arguments.features, list(FEATURE_COLUMNS))) if clip.label), key=lambda clip: clip.clip_id
    )
    folds = [fold.parts for fold in leave_out([clip.subject for clip in clips], with_val=False)]
    labels = np.concatenate([labels_of([clips[i] for i in fold["test"]]) for fold in folds])
    clusters = Clusters.of([clips[i].subject for fold in folds for i in fold["test"]])
    modalities = modalities_of(has_sound=any(clip.has_sound for clip in clips), has_face=any(clip.has_face.any() for clip in clips))
    rows = {name: {**changes, "modalities": modalities} for name, changes in ROWS.items() if modalities != "sound" or name not in OF_FACES}
    rows = {name: rows[name] for name in arguments.rows or rows}
    with session():
        if modalities == "sound":
            orders = [np.zeros(0, int) for _ in folds]
        else:
            orders = ray.get([order_of.remote([clips[i] for i in fold["train"]]) for fold in folds])
        data = [
            [ray.put([_narrowed(clips[i], selected) for i in fold[part]]) for part in ("train", "test")]
            for fold, selected in zip(folds, orders, strict=True)
        ]
        over = interval_over({"interval_over": {"unit": clusters.unit, "count": clusters.count}})
        print(f"{len(clips)} clips of {len(EMOTIONS)} emotions, {len(folds)} people left out in turn, {arguments.seeds} seeds")
        print(f"intervals {over}")
        for name, changes in rows.items():
            found = ray.get([left_out.remote(*pair, recipe_of(changes), arguments.seeds) for pair in data])
            print(f"{name:40} {_line(found, labels, clusters)}", flush=True)
        for factor in () if arguments.rows else RELEVANCE_FACTORS:
            recipe = recipe_of({"relevance_factor": factor, "modalities": modalities})
            known = ray.get([known_by_few.remote(*pair, recipe, arguments.seeds) for pair in data])
            for kind, count in known[0]:
                right = sum(one[kind, count] for one in known) / len(labels)
                print(f"known by {count:2} clips {kind}, relevance factor {factor:g}: {right:.3f}", flush=True)


def _narrowed(clip: ClipFeatures, selected: np.ndarray) -> ClipFeatures:
    return replace(clip, appearance=clip.appearance[:, selected])


def _line(folds: Sequence[HeldOut], labels: np.ndarray, clusters: Clusters) -> str:
    networks = np.concatenate([fold.networks for fold in folds], 1)
    probabilities = {
        "network": networks,
        "ensemble": networks.mean(0, keepdims=True),
        "pooled": np.concatenate([fold.pooled for fold in folds])[None],
        "together": np.concatenate([fold.together for fold in folds])[None],
    }
    found = {name: estimates(each.argmax(2) == labels, labels, clusters) for name, each in probabilities.items()}
    return "  ".join(f"{name} {estimate(each.accuracy.mean, each.accuracy[1:])} UAR {each.uar.mean:.3f}" for name, each in found.items())


if __name__ == "__main__":
    main()
