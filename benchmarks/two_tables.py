"""Two features tables of the same clips, by what the pooled linear model of preset `best` makes of each on people left out in turn.

    OMP_NUM_THREADS=1 python benchmarks/two_tables.py FIRST SECOND

Both were extracted with `--selection all`; every eighth appearance value is read. Accuracy and log loss, and SECOND less FIRST with an
interval from a bootstrap over people.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.evaluation.folds import leave_out
from avemo_core.features.clip_features import FEATURE_COLUMNS, ClipFeatures, from_table
from avemo_core.runtime import threads
from avemo_core.training import presets
from avemo_core.training.ensemble import fit_ensemble, labels_of
from cluster.tables import parts

EVERY = 8
READS: Mapping[str, tuple[dict[str, Any], int]] = {
    "face and sound": ({}, 1),
    "face alone": ({"modalities": "face"}, 1),
    "shape alone, and one appearance value": ({"modalities": "face"}, 1024),
}
"""What of the model changes, and every so many-th of the appearance values it is given."""
DRAWS = 4000


def main() -> None:
    """Print a line for each way to read the clips."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first")
    parser.add_argument("second")
    arguments = parser.parse_args()
    threads.use_one()
    first, second = (_found(clips_of(location)) for location in (arguments.first, arguments.second))
    people = np.array([clip.subject for clip in clips_of(arguments.first)])
    for name in READS:
        print(name)
        for measure in ("accuracy", "log loss"):
            one, other = first[name][measure], second[name][measure]
            low, high = _interval(other - one, people)
            print(f"  {measure}: {one.mean():.3f}, {other.mean():.3f}; {(other - one).mean():+.3f} [{low:+.3f}, {high:+.3f}]", flush=True)


def clips_of(location: str) -> list[ClipFeatures]:
    """The table's clips in the order of their ids; read a row group at a time, as a whole feature map is large."""
    clips = [clip for rows in parts.row_groups(location, list(FEATURE_COLUMNS)) for clip in map(_narrowed, from_table(rows))]
    return sorted(clips, key=lambda clip: clip.clip_id)


def _narrowed(clip: ClipFeatures) -> ClipFeatures:
    return replace(clip, appearance=np.ascontiguousarray(clip.appearance[:, ::EVERY]))


def _found(clips: Sequence[ClipFeatures]) -> dict[str, dict[str, np.ndarray]]:
    """By way to read: whether each clip was named right, and its log loss, by a model that never saw its person."""
    folds, labels = [fold.parts for fold in leave_out([clip.subject for clip in clips], with_val=False)], labels_of(clips)
    found = {}
    for name, (changes, every) in READS.items():
        given = [replace(clip, appearance=clip.appearance[:, ::every]) for clip in clips]
        logits = np.zeros((len(clips), 0))
        for fold in folds:
            of_fold = _logits([given[place] for place in fold["train"]], [given[place] for place in fold["test"]], changes)
            logits = logits if logits.shape[1] else np.zeros((len(clips), of_fold.shape[1]))
            logits[fold["test"]] = of_fold
        log_sum = np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1)) + logits.max(1)
        loss = log_sum - logits[np.arange(len(clips)), labels]
        found[name] = {"accuracy": (logits.argmax(1) == labels).astype(float), "log loss": loss}
    return found


def _logits(train: Sequence[ClipFeatures], test: Sequence[ClipFeatures], changes: Mapping[str, Any]) -> np.ndarray:
    best = presets.best()
    fitted = fit_ensemble(replace(best, model=replace(best.model, **changes)), train, (), ())
    if fitted.pooled is None:
        raise SystemExit("preset best has no pooled linear model")
    return np.asarray(fitted.pooled.logits(fitted.preprocessor.inputs(test, fitted.preprocessor.gather(test))), float)


def _interval(differences: np.ndarray, people: np.ndarray) -> np.ndarray:
    names = np.unique(people)
    sums, counts = (np.array([values[people == name].sum() for name in names]) for values in (differences, np.ones(len(people))))
    drawn = np.random.default_rng(0).integers(0, len(names), (DRAWS, len(names)))
    return np.asarray(np.quantile(sums[drawn].sum(1) / counts[drawn].sum(1), (0.025, 0.975)))


if __name__ == "__main__":
    main()
