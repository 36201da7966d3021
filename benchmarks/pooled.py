"""What each kind of functional is worth to the pooled linear model on people never heard: sound alone, one person left out at a time.

    python benchmarks/pooled.py FEATURES [--across FEATURES] [--right RIGHT] [--rows COUNT]

FEATURES is a table that `extract` wrote. No network is trained: a row takes a minute or two. Each is measured normalised by person and
without. The recipe was decided on every other person by name, from the first (*decided on*); *reported on* are those between
them, whose figures were in sight meanwhile.

--across: train on the first table and test on the second, and back. --right: right.json in the cache of benchmarks/peers.py, of the same
clips: paired differences to its ComParE, clip by clip.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.evaluation.folds import leave_out
from avemo_core.evaluation.in_words import estimate
from avemo_core.evaluation.intervals import Clusters, estimates
from avemo_core.features.clip_features import FEATURE_COLUMNS, ClipFeatures, from_table
from avemo_core.features.functionals.clip_functionals import FUNCTIONALS
from avemo_core.features.preprocess import prosody
from avemo_core.features.preprocess.scaling import StandardScaler
from avemo_core.features.preprocess.statistics_pooling import pooled_inputs
from avemo_core.features.preprocess.streams import NOTHING, Streams
from avemo_core.features.preprocess.subjects import SubjectStatistics, shifted
from avemo_core.model.batch import ClipInputs
from avemo_core.runtime import threads
from avemo_core.training import presets
from avemo_core.training.ensemble import labels_of
from cluster.tables import parts

BEST = presets.best().model


@dataclass(frozen=True, kw_only=True)
class Row:
    """What of a clip is read."""

    functionals: Callable[[str], bool] = lambda _: True
    """Which of `FUNCTIONALS`, by name."""
    spoken: Callable[[prosody.Contours], np.ndarray] = prosody.spoken_moments
    ceiling_hz: float = BEST.pitch_ceiling_hz
    folds_octaves: bool = BEST.folds_octaves


ROWS: Mapping[str, Row] = {
    "as `best`": Row(),
    "pitch to 450 Hz, octaves folded": Row(ceiling_hz=450.0, folds_octaves=True),
    "with the silence around the voice": Row(spoken=prosody.moments),
    "without level": Row(spoken=lambda found: np.delete(prosody.spoken_moments(found), prosody.INTENSITY_MEAN, 1)),
    "without percentiles and ranges": Row(functionals=lambda name: "percentile" not in name and "range" not in name),
    "without voiced steps alone": Row(functionals=lambda name: "voiced" not in name),
    "without changes": Row(functionals=lambda name: "change" not in name),
    "without skewness, kurtosis and rise": Row(functionals=lambda name: name not in {"skewness", "kurtosis", "rise"}),
    "means and deviations alone": Row(functionals=lambda name: name in {"mean", "deviation"}),
}


def read(features: str) -> list[ClipFeatures]:
    """Labelled clips with a subject and sound, by name."""
    clips = from_table(parts.read(features, list(FEATURE_COLUMNS)))
    return sorted((clip for clip in clips if clip.label and clip.subject and clip.has_sound), key=lambda clip: clip.clip_id)


def streams_of(clip: ClipFeatures, row: Row) -> Streams:
    """The whole clip, without its steps."""
    found = prosody.contours(clip.audio, row.ceiling_hz, folds_octaves=row.folds_octaves)
    chosen = [row.functionals(name) for name in FUNCTIONALS]
    audio = prosody.clip_functionals(clip.audio, found).reshape(1, len(FUNCTIONALS), -1)[:, chosen].reshape(1, -1)
    return Streams(NOTHING, NOTHING, NOTHING, NOTHING, audio, NOTHING, NOTHING, row.spoken(found))


def inputs(streams: Sequence[Streams], clips: Sequence[ClipFeatures], scaler: StandardScaler, *, by_person: bool) -> list[ClipInputs]:
    """As the preprocessor makes the pooled model's."""
    scaled, subjects, labels = [scaler(each) for each in streams], [clip.subject for clip in clips], labels_of(clips).tolist()
    if by_person:
        known = SubjectStatistics.gather(zip(subjects, scaled, strict=True))
        shifts = {name: subject.shifts(BEST.relevance_factor) for name, subject in known.subjects.items()}
        scaled = [shifted(each, shifts[name]) for name, each in zip(subjects, scaled, strict=True)]
    nothing = np.zeros(0, np.float32)
    return [
        ClipInputs(
            audio=NOTHING,
            shape=NOTHING,
            appearance=NOTHING,
            centre=np.zeros(0, np.int64),
            has_face=np.zeros(0, bool),
            audio_time_s=nothing,
            step_time_s=nothing,
            pooled=pooled_inputs(each),
            label=label,
        )
        for each, label in zip(scaled, labels, strict=True)
    ]


def right_of(
    streams: Sequence[Streams], clips: Sequence[ClipFeatures], train: np.ndarray, test: np.ndarray, *, by_person: bool
) -> np.ndarray:
    """Whether each test clip is named right by a model of the train clips."""
    scaler = StandardScaler.fit(streams[i] for i in train)
    learned, heard = (inputs([streams[i] for i in part], [clips[i] for i in part], scaler, by_person=by_person) for part in (train, test))
    right: np.ndarray = PooledClassifier.fit(learned).logits(heard).argmax(1) == labels_of([clips[i] for i in test])
    return right


def within(clips: Sequence[ClipFeatures], streams: Sequence[Streams], *, by_person: bool) -> np.ndarray:
    """Everybody left out once."""
    right = np.zeros(len(clips), bool)
    for fold in leave_out([clip.subject for clip in clips], with_val=False):
        right[fold.parts["test"]] = right_of(streams, clips, fold.parts["train"], fold.parts["test"], by_person=by_person)
    return right


def line(right: np.ndarray, clips: Sequence[ClipFeatures], form: str = ".3f") -> str:
    """Accuracy with its interval over people, UAR."""
    found = estimates(right[None].astype(float), labels_of(clips), Clusters.of([str(clip.subject) for clip in clips]))
    return f"{estimate(found.accuracy.mean, found.accuracy[1:], form)} UAR {found.uar.mean:{form}}"


def main() -> None:
    """Print a line a row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features")
    parser.add_argument("--across")
    parser.add_argument("--right", type=Path)
    parser.add_argument("--rows", type=int, default=len(ROWS))
    arguments = parser.parse_args()
    threads.use_one()
    clips = read(arguments.features)
    if arguments.across:
        across(clips, read(arguments.across), dict(list(ROWS.items())[: arguments.rows]))
        return
    people = sorted({str(clip.subject) for clip in clips})
    decided = np.isin([str(clip.subject) for clip in clips], people[::2])
    print(f"{len(clips)} clips of {len(people)} people; decided on {', '.join(people[::2])}")
    for name, row in list(ROWS.items())[: arguments.rows]:
        streams = [streams_of(clip, row) for clip in clips]
        for by_person, how in ((True, "by person"), (False, "as it is")):
            right = within(clips, streams, by_person=by_person)
            halves = f"decided on {right[decided].mean():.3f}, reported on {right[~decided].mean():.3f}"
            print(f"{name:44} {how}  {line(right, clips)}  {halves}", flush=True)
            if name == "as `best`" and arguments.right:
                _beside(right, clips, json.loads(arguments.right.read_text()), how, decided)


def _beside(right: np.ndarray, clips: Sequence[ClipFeatures], others: Mapping[str, Sequence[float]], how: str, decided: np.ndarray) -> None:
    difference = right - np.array(others[f"ComParE + SVM, {how}"])
    for part, chosen in (("all", np.ones(len(clips), bool)), ("reported on", ~decided)):
        of_part = [clip for clip, is_of_it in zip(clips, chosen, strict=True) if is_of_it]
        print(f"  less ComParE + SVM, {how}, {part}: {line(difference[chosen], of_part, '+.3f')}", flush=True)


def across(first: Sequence[ClipFeatures], second: Sequence[ClipFeatures], rows: Mapping[str, Row]) -> None:
    """Train on one corpus, test on the other."""
    clips = [*first, *second]
    one, other = np.split(np.arange(len(clips)), [len(first)])
    for name, row in rows.items():
        streams = [streams_of(clip, row) for clip in clips]
        for way, train, test in (("first -> second", one, other), ("second -> first", other, one)):
            for by_person, how in ((True, "by person"), (False, "as it is")):
                right = right_of(streams, clips, train, test, by_person=by_person)
                print(f"{name:44} {way}, {how}  {line(right, [clips[i] for i in test])}", flush=True)


if __name__ == "__main__":
    main()
