"""Normalisation by subject that reads which emotions a person shows: the readers, what their readings mean, and the emotions' moments.

    clip as it is --relative reader--> readings --sums over the person--> Mixture --moments--> what is taken from the person's clips
                  --alone reader-----> logits, for the share of the pooled linear model that one emotion alone is probable

The relative reader is fitted to clips that were normalised, so that it knows how clips of a person differ; it reads clips that were not,
and all that is common to a person moves all of its readings alike. The other one is fitted to clips as they are: it is the model without
normalisation, and names the clips of people of whom nothing can be told apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32, Int

from avemo_core.features.preprocess.mixture.estimate import Mixture, MixtureEstimator
from avemo_core.features.preprocess.mixture.labelled import Labelled
from avemo_core.features.preprocess.mixture.moments import EmotionMoments, mixture_of, sum_of
from avemo_core.features.preprocess.mixture.reader import EmotionReader, cross_fitted
from avemo_core.features.preprocess.statistics_pooling import pooled_inputs
from avemo_core.features.preprocess.streams import NOTHING, Streams, is_of_moments
from avemo_core.features.preprocess.subjects import Reads, Shifts, Subject, shifted

_ABSENT: Final = -30.0
"""Logit of an emotion that no training clip had, as the pooled linear model has it."""

_STEPS: Final = ("audio", "shape", "appearance", "prosody")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MixtureNormaliser:
    """Fitted on training clips; stored in the bundle."""

    emotions: Int[np.ndarray, " emotion"]
    """Where the emotions that it knows stand among all."""
    relative: EmotionReader
    alone: EmotionReader
    estimator: MixtureEstimator
    moments: EmotionMoments

    @classmethod
    def fit(cls, clips: Iterable[Labelled], emotions: Sequence[int], relevance_factor: float) -> "MixtureNormaliser":
        """Fit on clips of at least two emotions.

        Args:
            clips: of the training, read once.
            emotions: where the labels stand among all emotions.
            relevance_factor: r of the moments.
        """
        count = len(emotions)
        of_clips, people, wholes = list[int](), list[str](), list[Streams]()
        shown: dict[str, dict[int, Subject]] = {}
        for clip in clips:
            of_clips.append(clip.label)
            people.append(clip.person)
            # Of each clip only its moments are pooled; its steps need not be shifted, nor be held.
            wholes.append(clip.streams.replaced(dict.fromkeys(_steps_of(clip.streams), NOTHING)))
            by_emotion, seen = shown.setdefault(clip.person, {}), Subject.of(clip.streams)
            by_emotion[clip.label] = by_emotion[clip.label] + seen if clip.label in by_emotion else seen
        labels = np.array(of_clips)
        moments = EmotionMoments.fit(shown, count, relevance_factor)
        shifts = {name: moments.shifts(sum_of(list(by.values())), mixture_of(by, count), relevance_factor) for name, by in shown.items()}
        as_they_are = np.stack([pooled_inputs(whole) for whole in wholes])
        steps = dict.fromkeys(_steps_of(wholes[0]), (NOTHING[0], NOTHING[0]))
        normalised = np.stack([pooled_inputs(shifted(w, {**shifts[person], **steps})) for w, person in zip(wholes, people, strict=True)])
        return cls(
            emotions=np.array(emotions),
            relative=EmotionReader.fit(normalised, labels, count),
            alone=EmotionReader.fit(as_they_are, labels, count),
            estimator=MixtureEstimator.fit(cross_fitted(normalised, as_they_are, labels, people, count), labels, people),
            moments=moments,
        )

    def read(self, streams: Streams) -> Reads:
        """Read one clip, as it is."""
        return Reads.of(self.relative(pooled_inputs(streams)[None]))

    def logits(self, pooled: Float32[np.ndarray, "clip pooled"], emotions: int) -> Float32[np.ndarray, "clip all"]:
        """What the model without normalisation makes of clips, or of windows of one, as they are.

        Args:
            pooled: statistics of each.
            emotions: how many there are, known and unknown.
        """
        logits = np.full((len(pooled), emotions), _ABSENT, np.float32)
        logits[:, self.emotions] = self.alone.logits(pooled)
        return logits

    def mixture(self, person: Subject) -> Mixture | None:
        """What a person's clips show; None where they were gathered without being read."""
        return None if person.reads is None else self.estimator(person.clips, person.reads)

    def shifts(self, person: Subject, mixture: Mixture, relevance_factor: float) -> Shifts:
        """What is taken from a person's clips whose emotions are known, or were read."""
        return self.moments.shifts(person, mixture, relevance_factor)

    def arrays(self) -> dict[str, np.ndarray]:
        """The values by name, for the bundle."""
        parts = {
            "relative": self.relative.arrays(),
            "alone": self.alone.arrays(),
            "estimator": self.estimator.arrays(),
            "moments": self.moments.arrays(),
        }
        of_parts = {f"{name}.{key}": array for name, part in parts.items() for key, array in part.items()}
        return {"emotions": self.emotions} | of_parts

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "MixtureNormaliser":
        """Read what `arrays` gave."""

        def under(part: str) -> dict[str, np.ndarray]:
            return {name.removeprefix(f"{part}."): array for name, array in arrays.items() if name.startswith(f"{part}.")}

        return cls(
            emotions=arrays["emotions"],
            relative=EmotionReader(**under("relative")),
            alone=EmotionReader(**under("alone")),
            estimator=MixtureEstimator(**under("estimator")),
            moments=EmotionMoments.of_arrays(under("moments")),
        )


def _steps_of(streams: Streams) -> list[str]:
    """The names of the streams that have a value a step."""
    return [*_STEPS, *(name for name in streams.others if not is_of_moments(name))]
