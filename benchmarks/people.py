"""What normalisation by subject does to people who show all emotions, two, one, or are known by one clip: subjects left out in turn.

    python benchmarks/people.py FEATURES [--networks N] [--only SUBJECT ...] [--train PEOPLE]

FEATURES is a table with subjects, of sound alone or with faces (then extracted with `--selection all`; the appearance values are chosen in
every fold). The left-out person's clips are scored in groups, and nothing is known of the person but the group: all clips, those of two
emotions, of one emotion, a single clip. Rows: a model never normalised; `on` as it was; `auto`; the pooled linear model alone, or with
N networks fused as the preset has it. Accuracy is the mean over people of the mean over a person's groups, weighted by clips; of the
first half of the people by name, on which auto was developed, and of the others. With --train no more than that many of the other people,
the first by name, are trained on.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.bundle.pooled_classifier import PooledClassifier
from avemo_core.features.clip_features import FEATURE_COLUMNS, ClipFeatures, from_table
from avemo_core.features.preprocess.modalities import as_read_by, modalities_of
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.preprocess.statistics_pooling import pooled_inputs
from avemo_core.features.preprocess.subjects import SubjectStatistics, shifted
from avemo_core.runtime import threads
from avemo_core.training import presets
from avemo_core.training.config import Recipe
from avemo_core.training.ensemble import Ensemble, fit_ensemble, labels_of
from cluster.compare.tasks import ForestOptions, selected_columns
from cluster.tables import parts
from schemas.emotions import EMOTIONS

Names = Callable[[np.ndarray], np.ndarray]
"""Names of the clips of a group, by their places."""

SHOWN = ("all emotions", "two emotions", "one emotion", "one clip")
SINGLE_CLIPS = 40
"""Of each person, evenly spread, that are scored as if nothing else were known."""


def groups(labels: np.ndarray) -> dict[str, list[np.ndarray]]:
    """Indices of the clips that are scored together, by what they show."""
    present, every = np.unique(labels), np.arange(len(labels))
    taken = np.unique(np.linspace(0, len(labels) - 1, SINGLE_CLIPS).round().astype(int))
    return {
        SHOWN[0]: [every],
        SHOWN[1]: [np.flatnonzero(np.isin(labels, pair)) for pair in combinations(present, 2)],
        SHOWN[2]: [np.flatnonzero(labels == emotion) for emotion in present],
        SHOWN[3]: [every[clip : clip + 1] for clip in taken],
    }


def rows(train: Sequence[ClipFeatures], test: Sequence[ClipFeatures], recipe: Recipe, networks: int) -> Iterator[tuple[str, list[float]]]:
    """By normalisation, clips named right by what is shown; `off` is a model trained without."""
    which, labels = groups(labels_of(test)), labels_of(test)
    named = with_networks(train, test, recipe, networks) if networks else pooled_alone(train, test, recipe)
    for how, name in named.items():
        found = {shown: np.concatenate([name(group) == labels[group] for group in which[shown]]) for shown in SHOWN}
        yield how, [float(found[shown].mean()) for shown in SHOWN]


def with_networks(train: Sequence[ClipFeatures], test: Sequence[ClipFeatures], recipe: Recipe, networks: int) -> dict[str, Names]:
    """As `train` and `score` do it, a model each."""

    def names(ensemble: Ensemble) -> Names:
        def of(group: np.ndarray) -> np.ndarray:
            some = [test[place] for place in group]
            inputs = ensemble.preprocessor.inputs(some, ensemble.preprocessor.gather(some))
            return ensemble.probabilities(inputs).numpy().argmax(1)

        return of

    return {how: names(fit_ensemble(recipe.normalising(how), train, (), range(networks))) for how in ("off", "on", "auto")}


def pooled_alone(train: Sequence[ClipFeatures], test: Sequence[ClipFeatures], recipe: Recipe) -> dict[str, Names]:
    """The pooled linear model, which reads no steps: none need be wide, and each clip's streams are made once."""
    config = replace(recipe.model, functionals_s=0.0, audio_components=1, shape_components=1)
    preprocessor = Preprocessor.fit(train, config)
    normaliser, pooled = preprocessor.mixture, PooledClassifier.fit(preprocessor.training_inputs(train))
    streams = [preprocessor.streams(clip) for clip in test]

    def names(how: str) -> Names:
        def of(group: np.ndarray) -> np.ndarray:
            some = [streams[place] for place in group]
            alone = normaliser.logits(np.stack([pooled_inputs(clip) for clip in some]), len(EMOTIONS))
            if how == "off":
                return alone.argmax(1)
            person = SubjectStatistics.gather([("", clip) for clip in some], normaliser.read).subjects[""]
            mixture = normaliser.mixture(person)
            factor, weight = config.relevance_factor, mixture.numbers[0] if how == "auto" else 0.0
            shifts = normaliser.shifts(person, mixture, factor) if how == "auto" else person.shifts(factor)
            values = np.stack([pooled_inputs(shifted(clip, shifts)) for clip in some])
            return ((1 - weight) * (values @ pooled.weights + pooled.bias) + weight * alone).argmax(1)

        return of

    return {how: names(how) for how in ("off", "on", "auto")}


def main() -> None:
    """Print a line a person and normalisation, and their means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features")
    parser.add_argument("--networks", type=int, default=0)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--train", type=int)
    arguments = parser.parse_args()
    threads.use_one()
    clips = [clip for clip in from_table(parts.read(arguments.features, list(FEATURE_COLUMNS))) if clip.label and clip.subject]
    clips.sort(key=lambda clip: clip.clip_id)
    modalities = modalities_of(has_sound=any(clip.has_sound for clip in clips), has_face=any(clip.has_face.any() for clip in clips))
    clips = [as_read_by(clip, modalities) for clip in clips]
    people = sorted({clip.subject for clip in clips})
    found: dict[tuple[str, str], list[float]] = {}
    print(f"{len(clips)} clips, {len(people)} people, {arguments.networks} networks; shown: {', '.join(SHOWN)}")
    for person in arguments.only or people:
        others = [other for other in people if other != person][: arguments.train]
        train, test = ([clip for clip in clips if clip.subject in some] for some in (others, [person]))
        if modalities != "sound":
            chosen = selected_columns(train, ForestOptions(keep=1024, trees=150))
            train, test = ([replace(clip, appearance=clip.appearance[:, chosen]) for clip in some] for some in (train, test))
        for how, accuracies in rows(train, test, presets.best().reading(modalities), arguments.networks):
            found[person, how] = accuracies
            print(f"{person:12} {how:5}", *(f"{value:.3f}" for value in accuracies), flush=True)
    half = people[: len(people) // 2 + 1]
    for name, some in (("developed on", half), ("the others", [person for person in people if person not in half]), ("all", people)):
        for how in ("off", "on", "auto"):
            of_people = [found[person, how] for person in some if (person, how) in found]
            if of_people:
                print(f"{name:12} {how:5}", *(f"{value:.3f}" for value in np.mean(of_people, 0)))


if __name__ == "__main__":
    main()
