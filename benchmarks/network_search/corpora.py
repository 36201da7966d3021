"""Three corpora, whose people are halved: recipes are chosen on one half of the people and reported on the other.

    java-sed, java-sed-sound     half A  01 02 | 03 04         half B  05 06 | 07
    nemo-sound                   half A  EB0 IC0 | KD0 KS0     half B  MK0 MP0 | SM0 TP0 WR0

Each group between bars is held out once, and all other people of its corpus train: four folds a corpus.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from avemo_core.features.clip_features import FEATURE_COLUMNS, ClipFeatures, from_table
from avemo_core.features.preprocess.preprocessor import Preprocessor
from avemo_core.features.splicing import Moment
from avemo_core.model.batch import ClipInputs
from avemo_core.model.network import Widths
from avemo_core.training import presets
from avemo_core.training.config import Recipe
from avemo_core.training.ensemble import preprocessed_splices
from cluster.compare.tasks import ForestOptions, selected_columns
from cluster.tables import parts
from network_search.splices import test_splices

ACTORS: Final = {f"actor-0{number}": ["A1", "A1", "A2", "A2", "B1", "B1", "B2"][number - 1] for number in range(1, 8)}
SPEAKERS: Final = dict(
    zip(
        ["EB0", "IC0", "KD0", "KS0", "MK0", "MP0", "SM0", "TP0", "WR0"], ["A1", "A1", "A2", "A2", "B1", "B1", "B2", "B2", "B2"], strict=True
    )
)
CORPORA: Final[Mapping[str, Mapping[str, str]]] = {"java-sed-sound": ACTORS, "nemo-sound": SPEAKERS, "java-sed": ACTORS}
"""Group of each person, whose first letter is the half."""

TREES: Final = 50
"""Of the forest that selects appearance values; `compare` grows 300."""

TAUGHT: Final = 0.5
"""Spliced clips to learn from, as a share of the clips that are not neutral."""


@dataclass(frozen=True, kw_only=True)
class SplicedInputs:
    """A spliced clip, and when its moment is."""

    inputs: ClipInputs
    moment: Moment
    person: str
    level_matched: bool


@dataclass(frozen=True, kw_only=True)
class SearchFold:
    """One group of people held out: inputs of everybody's clips, and of splices of them."""

    corpus: str
    group: str
    widths: Widths
    train: Sequence[ClipInputs]
    test: Sequence[ClipInputs]
    clip_ids: Sequence[str]
    people: Sequence[str]
    """Of the test clips."""
    train_splices: Sequence[ClipInputs]
    test_splices: Sequence[SplicedInputs]
    preprocessor: Preprocessor


def recipe_for(corpus: str) -> Recipe:
    """Preset `best` as it reads this corpus."""
    return presets.best().reading("audio-visual" if corpus == "java-sed" else "sound")


def clips_of(corpus: str, features: Path) -> list[ClipFeatures]:
    """Labelled clips, in the order of their names."""
    clips = from_table(parts.read(str(features / corpus), list(FEATURE_COLUMNS)))
    return sorted((clip for clip in clips if clip.label), key=lambda clip: clip.clip_id)


def fold_of(corpus: str, group: str, clips: Sequence[ClipFeatures], media: Path) -> SearchFold:
    """Preprocess a fold; whatever is fitted, is fitted on its train part."""
    groups = CORPORA[corpus]
    train, test = ([clip for clip in clips if (groups[str(clip.subject)] == group) is held_out] for held_out in (False, True))
    if corpus == "java-sed":
        columns = selected_columns(train, ForestOptions(keep=128, trees=TREES))
        train, test = ([replace(clip, appearance=clip.appearance[:, columns]) for clip in part] for part in (train, test))
    preprocessor = Preprocessor.fit(train, recipe_for(corpus).model)
    # A spliced clip is normalised by its person's whole clips: most of a splice is neutral, and would be its own norm.
    known = preprocessor.gather(test)
    splices = test_splices(test, media / corpus, np.random.default_rng([0, len(test)]))
    return SearchFold(
        corpus=corpus,
        group=group,
        widths=preprocessor.widths,
        train=preprocessor.training_inputs(train),
        test=preprocessor.inputs(test, known),
        clip_ids=[clip.clip_id for clip in test],
        people=[str(clip.subject) for clip in test],
        train_splices=preprocessed_splices(preprocessor, train, TAUGHT),
        test_splices=[
            SplicedInputs(inputs=inputs, moment=splice.moment, level_matched=splice.level_matched, person=str(splice.clip.subject))
            for splice, inputs in zip(
                splices, preprocessor.inputs([splice.clip for splice in splices], known, with_windows=True), strict=True
            )
        ],
        preprocessor=preprocessor,
    )
