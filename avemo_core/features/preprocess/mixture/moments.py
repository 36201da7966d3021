"""Each emotion's moments, and a person's normalisation that leaves the emotions of the clips where they are.

What a person has in common with nobody is taken away; the moments of what the clips show stay. Of a column x of a stream, for a person
of n clips with mean m and variance v, whose clips show emotions in shares p:

    t = sum p_c mu_c                  mean and variance that the training people's clips of these emotions have, once normalised
    q = sum p_c s_c - t^2             mu_c, s_c: mean of an emotion's values and of their squares
    a^2 = w_a v / q + 1 - w_a         w_a = (n - 1) / (n - 1 + r)
    b = w (m - a t)                   w = 1 / (1 + r / n + Var(t) / T)
    x -> (x - b) / a

    one emotion       all emotions
    t = mu_c          t = 0, q = 1: the person's own mean and deviation, as if nothing were known of emotions

r is the relevance factor. Var(t) is how far the sets of emotions that are possible differ in t, and T how far people differ in m: where it
is not clear what is shown, it is not clear either what is the person's own, and less is taken away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float32, Float64, Int

from avemo_core.features.preprocess.mixture.estimate import Mixture
from avemo_core.features.preprocess.subjects import Shifts, Subject, Sums

_NAMES: Final = ("means", "squares", "between_people")

_LEAST: Final = 1e-3
"""Least variance of what emotions explain, for streams are scaled to about 1; and least deviation."""


class OfEmotions(NamedTuple):
    """Of one stream's columns."""

    means: Float32[np.ndarray, "emotion d"]
    squares: Float32[np.ndarray, "emotion d"]
    between_people: Float32[np.ndarray, ""]
    """T: variance between the means of people of several clips, its mean over columns."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EmotionMoments:
    """By stream, over the training people's normalised clips."""

    streams: Mapping[str, OfEmotions]

    @classmethod
    def fit(cls, shown: Mapping[str, Mapping[int, Subject]], emotions: int, relevance_factor: float) -> "EmotionMoments":
        """Take the moments in two passes over people: as the clips are, and after people were normalised by those.

        Args:
            shown: by person and emotion, what was gathered of these clips.
            emotions: how many there are.
            relevance_factor: r.
        """
        people = {name: sum_of(list(by_emotion.values())) for name, by_emotion in shown.items()}
        of_several = [one for one in people.values() if one.clips > 1] or list(people.values())
        streams = tuple(of_several[0].streams)
        between = {stream: _between([one.streams[stream] for one in of_several]) for stream in streams}
        parts = {emotion: [by[emotion] for by in shown.values() if emotion in by] for emotion in range(emotions)}
        raw = cls._of(
            {emotion: {stream: _sum([one.streams[stream] for one in some]) for stream in streams} for emotion, some in parts.items()},
            between,
        )
        normalised: dict[int, dict[str, Sums]] = {}
        for name, by_emotion in shown.items():
            shifts = raw.shifts(people[name], mixture_of(by_emotion, emotions), relevance_factor)
            for emotion, gathered in by_emotion.items():
                own = {stream: _shifted(gathered.streams[stream], *shifts[stream]) for stream in streams}
                before = normalised.get(emotion)
                normalised[emotion] = own if before is None else {stream: before[stream] + own[stream] for stream in streams}
        return cls._of(normalised, between)

    @classmethod
    def _of(cls, sums: Mapping[int, Mapping[str, Sums]], between: Mapping[str, float]) -> "EmotionMoments":
        emotions = sorted(sums)

        def over(stream: str, name: str) -> Float32[np.ndarray, "emotion d"]:
            return np.stack([getattr(sums[c][stream], name) / max(1, sums[c][stream].steps) for c in emotions]).astype(np.float32)

        return cls(streams={s: OfEmotions(over(s, "sum"), over(s, "squares"), np.array(between[s], np.float32)) for s in between})

    def shifts(self, person: Subject, mixture: Mixture, relevance_factor: float) -> Shifts:
        """What is taken away, b, and what the rest is divided by, a, of each stream.

        Args:
            person: what was gathered of all the clips.
            mixture: of emotions that they show.
            relevance_factor: r.
        """
        return {name: _shift(person.streams[name], person.clips, mixture, of, relevance_factor) for name, of in self.streams.items()}

    def arrays(self) -> dict[str, np.ndarray]:
        """The values by name, for the bundle."""
        return {
            f"{stream}.{name}": np.asarray(value) for stream, all_ in self.streams.items() for name, value in zip(_NAMES, all_, strict=True)
        }

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "EmotionMoments":
        """Read what `arrays` gave."""
        streams = dict.fromkeys(name.rsplit(".", 1)[0] for name in arrays)
        return cls(streams={stream: OfEmotions(*(arrays[f"{stream}.{name}"] for name in _NAMES)) for stream in streams})


def mixture_of(by_emotion: Mapping[int, Subject], emotions: int) -> Mixture:
    """What labelled clips show."""
    counts: Int[np.ndarray, " emotion"] = np.array([by_emotion[c].clips if c in by_emotion else 0 for c in range(emotions)])
    return Mixture.known(counts)


def sum_of(gathered: Sequence[Subject]) -> Subject:
    """What was gathered of several sets of clips, of at least one."""
    first, *others = gathered
    for one in others:
        first = first + one
    return first


def _shift(
    sums: Sums, clips: int, mixture: Mixture, of: OfEmotions, relevance_factor: float
) -> tuple[Float32[np.ndarray, " d"], Float32[np.ndarray, " d"]]:
    width = sums.sum.shape[0]
    if not sums.steps:
        return np.zeros(width, np.float32), np.ones(width, np.float32)
    mean = sums.sum / sums.steps
    # E[x^2] - E[x]^2 in float64; rounding may leave a stream that never moves a little below 0.
    variance = np.maximum(sums.squares / sums.steps - mean**2, 0)
    means = of.means.astype(np.float64)
    target = mixture.shares @ means
    expected = np.maximum(mixture.shares @ of.squares.astype(np.float64) - target**2, _LEAST)
    doubt = np.maximum(np.einsum("cd,ck,kd->d", means, mixture.doubt, means, optimize=True), 0)
    weight = mixture.weight / (1 + relevance_factor / clips + doubt / max(_LEAST, of.between_people.item()))
    own = mixture.weight * (clips - 1) / max(1.0, clips - 1 + relevance_factor)
    deviation = np.maximum(np.sqrt(own * variance / expected + 1 - own), _LEAST)
    return (weight * (mean - deviation * target)).astype(np.float32), deviation.astype(np.float32)


def _shifted(sums: Sums, b: Float32[np.ndarray, " d"], a: Float32[np.ndarray, " d"]) -> Sums:
    """Sums of (x - b) / a over the same steps."""
    squares: Float64[np.ndarray, " d"] = (sums.squares - 2 * b * sums.sum + sums.steps * np.square(b, dtype=np.float64)) / np.square(a)
    return Sums(steps=sums.steps, sum=(sums.sum - sums.steps * b.astype(np.float64)) / a, squares=np.maximum(squares, 0))


def _sum(parts: Sequence[Sums]) -> Sums:
    first, *others = parts
    for one in others:
        first = first + one
    return first


def _between(people: Sequence[Sums]) -> float:
    means = np.array([one.sum / one.steps for one in people if one.steps])
    return float(means.var(0, ddof=1).mean()) if len(means) > 1 and means.shape[1] else 1.0
