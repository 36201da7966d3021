"""What a selection is worth on people never seen: accuracy of a pooled linear model on selected values, one person left out at a time.

Run: OMP_NUM_THREADS=1 python benchmarks/selection.py FEATURES [SELECTION ...]
FEATURES is a table extracted with `--selection all`; SELECTIONs are files made by jobs/select.py from other faces, e.g. stills.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression

from avemo_core.appearance import forest
from avemo_core.appearance.selection import Selection
from avemo_core.evaluation.in_words import estimate
from avemo_core.evaluation.intervals import Clusters, estimates

KEEP, FACES, DRAWS = 1024, 12, 5
"""Values selected; faces of a clip that the forest learns from; random selections averaged."""


def clips_of(location: str) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """The feature maps of each clip's frames with a face, labels and subjects; by clip_id."""
    clips = {}
    for part in sorted(Path(location).glob("part-*.parquet")):
        for row in pq.ParquetFile(part).iter_batches(1, columns=["clip_id", "appearance", "has_face", "label", "subject"]):
            steps = row["appearance"][0].values
            values = steps.values.to_numpy(zero_copy_only=False)[: len(steps) * steps.type.list_size].reshape(len(steps), -1)
            faces = values[row["has_face"][0].values.to_numpy(zero_copy_only=False)].astype(np.float32)
            clips[row["clip_id"][0].as_py()] = faces, row["label"][0].as_py(), row["subject"][0].as_py()
    maps, labels, subjects = zip(*(clips[name] for name in sorted(clips)), strict=True)
    return list(maps), np.unique(labels, return_inverse=True)[1], np.array(subjects)


def pooled(maps: list[np.ndarray], subjects: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of each clip's values, scaled within each person by all of the person's clips."""
    clips = np.stack([np.concatenate([clip.mean(axis=0), clip.std(axis=0)]) for clip in maps])
    for subject in np.unique(subjects):
        own = clips[subjects == subject]
        clips[subjects == subject] = (own - own.mean(axis=0)) / (own.std(axis=0) + 1e-3)
    return clips


def right(clips: np.ndarray, labels: np.ndarray, learn: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Which test clips a logistic regression names right; the clips are turned into the learning clips' own axes, for speed."""
    axes = np.linalg.svd(clips[learn], full_matrices=False)[2].T
    model = LogisticRegression(C=10 / clips.shape[1], max_iter=2000).fit(clips[learn] @ axes, labels[learn])
    return model.predict(clips[test] @ axes) == labels[test]


def ranked(maps: list[np.ndarray], labels: np.ndarray, subjects: np.ndarray, *, centred: bool, seed: int = 0) -> np.ndarray:
    """The values of the feature map in the forest's order; `centred` takes each person's mean face away first."""
    chosen = [np.unique(np.linspace(0, len(clip) - 1, FACES).round().astype(int)) for clip in maps]
    faces = np.concatenate([clip[rows] for clip, rows in zip(maps, chosen, strict=True)])
    person = np.repeat(subjects, [len(rows) for rows in chosen])
    if centred:
        for subject in np.unique(person):
            faces[person == subject] -= faces[person == subject].mean(axis=0)
    face_labels = np.repeat(labels, [len(rows) for rows in chosen])
    everything, columns = np.arange(len(faces)), np.arange(faces.shape[1])
    blocks = [forest.TreeBlock(trees=25, seed=seed + n, learn=everything, vote=np.arange(0), columns=columns) for n in range(8)]
    return np.argsort(-sum(forest.grow(faces, face_labels, block).importances for block in blocks), kind="stable")


def choices(
    maps: list[np.ndarray], labels: np.ndarray, subjects: np.ndarray, learn: np.ndarray, given: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Ways to choose values, none of which saw the person left out; but for those given, made from the learning clips alone."""
    known = [maps[clip] for clip in learn]
    width = maps[0].shape[1]
    variance = np.concatenate(known).var(axis=0)
    return {
        "all": np.arange(width),
        "forest on the clips": ranked(known, labels[learn], subjects[learn], centred=False)[:KEEP],
        "forest on the clips, persons centred": ranked(known, labels[learn], subjects[learn], centred=True)[:KEEP],
        "variance": np.argsort(-variance)[:KEEP],
        **{f"random {draw}": np.random.default_rng(draw).permutation(width)[:KEEP] for draw in range(DRAWS)},
        **given,
    }


def in_words(hits: np.ndarray, labels: np.ndarray, subjects: np.ndarray, form: str = ".3f") -> str:
    """Accuracy (or its difference) and UAR with 95 % intervals over people."""
    found = estimates(hits[None], labels, Clusters.of(subjects.tolist()))
    accuracy, uar = (estimate(each.mean, each[1:], form) for each in (found.accuracy, found.uar))
    return f"{accuracy} UAR {uar}"


def main(features: str, *selections: str) -> None:
    """Print accuracy with its interval, and the difference to all values, for each way to choose."""
    maps, labels, subjects = clips_of(features)
    given = {location: Selection.load(location).indices for location in selections}
    hits: dict[str, np.ndarray] = {}
    for subject in np.unique(subjects):
        learn, test = np.flatnonzero(subjects != subject), np.flatnonzero(subjects == subject)
        for name, indices in choices(maps, labels, subjects, learn, given).items():
            clips = pooled([clip[:, indices] for clip in maps], subjects)
            hits.setdefault(name, np.zeros(len(maps)))[test] = right(clips, labels, learn, test)
        print(f"without {subject}: done", file=sys.stderr, flush=True)
    hits["random, mean of five"] = np.mean([hits.pop(f"random {draw}") for draw in range(DRAWS)], axis=0)
    print(f"{len(maps)} clips, {len(np.unique(subjects))} people, chance {np.bincount(labels).max() / len(labels):.3f}")
    for name, right_ones in hits.items():
        gain = in_words(right_ones - hits["all"], labels, subjects, "+.3f")
        print(f"{name:<40} {in_words(right_ones, labels, subjects)}   against all {gain}")


if __name__ == "__main__":
    main(*sys.argv[1:])
