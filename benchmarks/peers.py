"""What others' speech features and a linear SVM are worth on the clips, and in the folds, that `compare` measured avemo on.

    pip install --target PEERS opensmile
    python benchmarks/peers.py CLIPS --opensmile PEERS [--compared TABLE1] [--folds subject|N] [--cache FOLDER]

CLIPS is a clips table with subjects; of videos their sound is taken, as avemo decodes it (16 kHz, one channel). Three sets of features:
openSMILE's eGeMAPS v02 and ComParE 2016 functionals, and mean, deviation, minimum and maximum of librosa's MFCC and their slopes. openSMILE
is free for research only (audEERING's licence) and no part of avemo: it is installed into a folder of its own.

Each set goes into a linear SVM as it is, and scaled within each person by all of the person's clips, which needs no labels. In both the
columns are scaled by the training people, and the SVM's C is the one of the best UAR in inner folds of whole training people.

TABLE1 is what `compare` wrote: its folds and clips are taken, and each of its models is set against all of these, clip by clip and person
by person. Without it the folds are made as `compare --folds` makes them. What was computed is kept in the cache's folder.

With --across CLIPS2 nothing is folded: an SVM of all of CLIPS names those of CLIPS2, and back; avemo beside it is benchmarks/pooled.py's.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import librosa
import numpy as np
import pandas as pd
from sklearn.metrics import recall_score
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.corpora.clips_table import read_clips
from avemo_core.evaluation.folds import balanced_groups
from avemo_core.evaluation.in_words import estimate, interval_over
from avemo_core.evaluation.intervals import Clusters, Estimates, estimates
from avemo_core.media.decode import opened
from schemas.emotions import EMOTIONS

RATE_HZ, MFCC, INNER_FOLDS = 16000, 20, 5
CS = tuple(10.0**power for power in range(-3, 4))
Features = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Clips:
    """Labelled clips, by clip_id, and who is held out with whom."""

    ids: Sequence[str]
    paths: Sequence[str]
    labels: np.ndarray
    subjects: np.ndarray
    folds: np.ndarray


def sound_of(path: str) -> np.ndarray:
    """A file's sound as avemo hears it."""
    with opened(path) as recording:
        for _ in recording.frames():
            pass
        sound = recording.sound()
    if sound is None:
        raise SystemExit(f"{path}: no sound")
    return np.asarray(sound.samples, np.float32)


def mfcc(samples: np.ndarray) -> np.ndarray:
    """Four moments of each coefficient and of its slope."""
    steps = librosa.feature.mfcc(y=samples, sr=RATE_HZ, n_mfcc=MFCC)
    both = np.concatenate([steps, librosa.feature.delta(steps, mode="nearest")])
    return np.concatenate([both.mean(1), both.std(1), both.min(1), both.max(1)])


def feature_sets(opensmile_folder: str | None) -> dict[str, Features]:
    """The sets by name; without openSMILE's folder the third alone."""
    sets: dict[str, Features] = {"librosa MFCC": mfcc}
    if opensmile_folder:
        sys.path.append(opensmile_folder)  # behind the environment's own numpy
        import opensmile  # noqa: PLC0415 - it is no part of the environment

        for name, kind in (("eGeMAPS", opensmile.FeatureSet.eGeMAPSv02), ("ComParE", opensmile.FeatureSet.ComParE_2016)):
            smile = opensmile.Smile(feature_set=kind, feature_level=opensmile.FeatureLevel.Functionals)
            sets[name] = lambda samples, smile=smile: smile.process_signal(samples, RATE_HZ).to_numpy()[0]
    return sets


def computed(clips: Clips, sets: Mapping[str, Features], cache: Path | None) -> dict[str, np.ndarray]:
    """Every set of every clip; what lies in the cache for these very files is read from there."""
    key = hashlib.sha256("\n".join(clips.paths).encode()).hexdigest()[:12]
    files = {name: cache / f"{name.replace(' ', '-')}-{key}.npy" for name in sets} if cache else {}
    found = {name: np.load(file) for name, file in files.items() if file.exists()}
    missing = {name: features for name, features in sets.items() if name not in found}
    rows: dict[str, list[np.ndarray]] = {name: [] for name in missing}
    for path in clips.paths if missing else ():
        samples = sound_of(path)
        for name, features in missing.items():
            rows[name].append(features(samples))
    for name, of_clips in rows.items():
        found[name] = np.stack(of_clips).astype(np.float64)
        if not np.isfinite(found[name]).all():
            raise SystemExit(f"{name}: not all values are finite")
        if cache:
            cache.mkdir(parents=True, exist_ok=True)
            np.save(files[name], found[name])
    return {name: found[name] for name in sets}


def by_person(values: np.ndarray, subjects: np.ndarray) -> np.ndarray:
    """Each person's clips scaled by their own mean and deviation."""
    scaled = np.empty_like(values)
    for subject in np.unique(subjects):
        own = subjects == subject
        scaled[own] = StandardScaler().fit_transform(values[own])
    return scaled


def right_of(values: np.ndarray, clips: Clips, folds: Sequence[str] | None = None) -> np.ndarray:
    """Whether each clip is named right by an SVM that never heard its fold's people."""
    right = np.zeros(len(clips.labels), bool)
    for fold in np.unique(clips.folds) if folds is None else folds:
        test, train = np.flatnonzero(clips.folds == fold), np.flatnonzero(clips.folds != fold)
        scaled = StandardScaler().fit(values[train]).transform(values)
        kernel = scaled @ scaled.T / scaled.shape[1]  # over the columns, so that one range of C serves sets of 88 and of 6,373
        best = max(CS, key=lambda c: _inner(kernel, train, clips, c))
        right[test] = _predicted(kernel, train, test, clips.labels, best) == clips.labels[test]
    return right


def _inner(kernel: np.ndarray, train: np.ndarray, clips: Clips, c: float) -> float:
    """UAR in folds of whole people among those that train."""
    people = clips.subjects[train]
    predicted = np.zeros(len(train), int)
    for learn, held_out in GroupKFold(min(INNER_FOLDS, len(np.unique(people)))).split(train, groups=people):
        predicted[held_out] = _predicted(kernel, train[learn], train[held_out], clips.labels, c)
    return float(recall_score(clips.labels[train], predicted, average="macro"))


def _predicted(kernel: np.ndarray, learn: np.ndarray, test: np.ndarray, labels: np.ndarray, c: float) -> np.ndarray:
    machine = SVC(C=c, kernel="precomputed").fit(kernel[np.ix_(learn, learn)], labels[learn])
    return machine.predict(kernel[np.ix_(test, learn)])


def clips_of(location: str, folds: str, compared: str | None) -> tuple[Clips, dict[str, np.ndarray]]:
    """The clips, and how often each of compare's models named each of them right."""
    table = read_clips(location).to_pandas().dropna(subset=["label"]).sort_values("clip_id")
    models: dict[str, np.ndarray] = {}
    if compared:
        rows = pd.read_parquet(Path(compared) / "predictions.parquet")
        fold_of = rows.groupby("clip_id")["fold"].first()
        table = table[table["clip_id"].isin(fold_of.index)]
        right = (rows["predicted"] == rows["label"]).groupby([rows["model"], rows["clip_id"]]).mean()
        models = {model: right[model].reindex(table["clip_id"]).to_numpy(float) for model in rows["model"].unique()}
    if table["subject"].isna().any():
        raise SystemExit(f"{location}: expected a subject on every labelled clip, found {table['subject'].isna().sum()} clips without")
    labels = np.array([EMOTIONS.index(label) for label in table["label"]])
    subjects = table["subject"].to_numpy(str)
    if compared:
        held_out = fold_of.reindex(table["clip_id"]).to_numpy(str)
    else:
        held_out = subjects if folds == "subject" else np.array(balanced_groups(labels, subjects.tolist(), int(folds)))
    return Clips(ids=table["clip_id"].tolist(), paths=table["path"].tolist(), labels=labels, subjects=subjects, folds=held_out), models


def main() -> None:
    """Print a row a set and a model, and the differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips")
    parser.add_argument("--opensmile")
    parser.add_argument("--compared")
    parser.add_argument("--folds", default="subject")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--across")
    arguments = parser.parse_args()
    clips, models = clips_of(arguments.clips, arguments.folds, arguments.compared)
    if arguments.across:
        across(clips, clips_of(arguments.across, "subject", None)[0], feature_sets(arguments.opensmile), arguments.cache)
        return
    clusters = Clusters.of(clips.subjects.tolist())
    over = interval_over({"interval_over": {"unit": clusters.unit, "count": clusters.count}})
    chance = np.bincount(clips.labels).max() / len(clips.labels)
    print(f"{len(clips.ids)} clips, {len(np.unique(clips.folds))} folds, chance {chance:.3f}; intervals {over}", flush=True)
    others: dict[str, np.ndarray] = {}
    for name, values in computed(clips, feature_sets(arguments.opensmile), arguments.cache).items():
        for how, given in (("as it is", values), ("by person", by_person(values, clips.subjects))):
            others[f"{name} + SVM, {how}"] = right_of(given, clips).astype(float)
            print(_line(f"{name} ({values.shape[1]}) + SVM, {how}", others[f"{name} + SVM, {how}"], clips, clusters), flush=True)
    for model, right in models.items():
        print(_line(f"avemo, {model}", right, clips, clusters))
    for model, right in models.items():
        for name, other in others.items():
            print(_line(f"avemo, {model} less {name}", right - other, clips, clusters, "+.3f"))
    if arguments.cache:
        (arguments.cache / "right.json").write_text(json.dumps({name: right.tolist() for name, right in (others | models).items()}))


def across(first: Clips, second: Clips, sets: Mapping[str, Features], cache: Path | None) -> None:
    """A row a set, for each corpus that is named by an SVM of the other; people of one name in both are two."""
    both = Clips(
        ids=[*first.ids, *second.ids],
        paths=[*first.paths, *second.paths],
        labels=np.concatenate([first.labels, second.labels]),
        subjects=np.concatenate([np.char.add("first ", first.subjects), np.char.add("second ", second.subjects)]),
        folds=np.repeat(["first", "second"], [len(first.ids), len(second.ids)]),
    )
    of_first, of_second = (computed(clips, sets, cache) for clips in (first, second))
    for name in sets:
        values = np.concatenate([of_first[name], of_second[name]])
        for how, given in (("as it is", values), ("by person", by_person(values, both.subjects))):
            for way, test in (("second -> first", "first"), ("first -> second", "second")):
                tested = np.flatnonzero(both.folds == test)
                right = right_of(given, both, [test])[tested].astype(float)
                clips = first if test == "first" else second
                print(_line(f"{name} + SVM, {how}, {way}", right, clips, Clusters.of(clips.subjects.tolist())), flush=True)


def _line(name: str, right: np.ndarray, clips: Clips, clusters: Clusters, form: str = ".3f") -> str:
    found: Estimates = estimates(right[None], clips.labels, clusters)
    accuracy, uar = (estimate(each.mean, each[1:], form) for each in (found.accuracy, found.uar))
    return f"{name:<40} accuracy {accuracy}  UAR {uar}"


if __name__ == "__main__":
    main()
