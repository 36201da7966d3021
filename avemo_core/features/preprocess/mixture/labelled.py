"""What the labels of training clips say about the emotions that people show."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.preprocess.mixture.estimate import Mixture
from avemo_core.features.preprocess.streams import Streams
from schemas.emotions import EMOTIONS


class Labelled(NamedTuple):
    """A training clip."""

    streams: Streams
    """Before normalisation by subject."""
    label: int
    """Among the emotions of the training clips, from 0."""
    person: str
    """A clip of nobody is a person of its own."""


def labelled_clips(clips: Sequence[ClipFeatures], streams: Callable[[ClipFeatures], Streams]) -> Iterator[Labelled]:
    """The clips with a label, one at a time.

    Args:
        clips: of the training.
        streams: makes a clip's streams.
    """
    emotions = emotions_in(clips)
    for clip in clips:
        if clip.label is not None:
            person = f"subject {clip.subject}" if clip.subject is not None else f"clip {clip.clip_id}"
            yield Labelled(streams(clip), emotions.index(EMOTIONS.index(clip.label)), person)


def known_mixtures(clips: Sequence[ClipFeatures]) -> dict[str, Mixture]:
    """By subject, what the labels say; subjects without a labelled clip are not among them."""
    emotions, shown = emotions_in(clips), dict[str, list[int]]()
    for clip in clips:
        if clip.subject is not None and clip.label is not None:
            shown.setdefault(clip.subject, []).append(EMOTIONS.index(clip.label))
    return {name: Mixture.known(np.array([some.count(emotion) for emotion in emotions])) for name, some in shown.items()}


def emotions_in(clips: Sequence[ClipFeatures]) -> list[int]:
    """Where the emotions of the clips' labels stand in `EMOTIONS`, in order."""
    return sorted({EMOTIONS.index(clip.label) for clip in clips if clip.label is not None})
