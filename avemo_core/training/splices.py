"""Spliced clips to learn from: an emotion between neutral stretches of the same person, so that it is known when it shows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from avemo_core.features.clip_features import ClipFeatures
from avemo_core.features.splicing import Moment, audio_sets_of, excerpt, length_s, spliced

NEUTRAL: Final = "neutral"

AROUND_S: Final = (0.5, 1.5)
"""Shortest and longest stretch before the moment, and behind it; less where the clip is shorter."""

MOMENT_S: Final = (1.0, 2.0)
"""Shortest and longest moment; less where the clip is shorter."""

_LEAST_S: Final = 0.5
"""Shorter clips are not spliced."""


def training_splices(clips: Sequence[ClipFeatures], share: float, seed: int = 0) -> Iterator[tuple[ClipFeatures, Moment]]:
    """Excerpts of one emotion between two excerpts of the same person's neutral clips, cut at random.

    Args:
        clips: labelled; those of nobody, of a person without a neutral clip, and those shorter than half a second make no splice.
        share: of the clips that are not neutral and can be spliced, how many are; in [0, 1].
        seed: of which clips are taken, and of the cuts. The order of the clips changes nothing.

    Yields:
        Splices that bear their moment's label, and their moments; none where no clip can be spliced.
    """
    rng = np.random.default_rng(seed)
    usable = sorted((clip for clip in clips if clip.subject is not None and length_s(clip) >= _LEAST_S), key=lambda clip: clip.clip_id)
    neutral: Mapping[tuple[str | None, tuple[str, ...]], list[ClipFeatures]] = {_alike(clip): [] for clip in usable}
    for clip in usable:
        if clip.label == NEUTRAL:
            neutral[_alike(clip)].append(clip)
    able = [clip for clip in usable if clip.label not in (NEUTRAL, None) and neutral[_alike(clip)]]
    chosen = rng.permutation(len(able))[: round(share * len(able))]
    for place in chosen:
        yield _splice(able[place], neutral[_alike(able[place])], rng)


def _alike(clip: ClipFeatures) -> tuple[str | None, tuple[str, ...]]:
    """What clips must have in common to be spliced: their person, and the audio sets that they have, or none."""
    return clip.subject, audio_sets_of(clip)


def _splice(clip: ClipFeatures, neutral: Sequence[ClipFeatures], rng: np.random.Generator) -> tuple[ClipFeatures, Moment]:
    before, behind = (_some_of(neutral[place], AROUND_S, rng) for place in rng.integers(len(neutral), size=2))
    return spliced([before, _some_of(clip, MOMENT_S, rng), behind], 1)


def _some_of(clip: ClipFeatures, bounds_s: tuple[float, float], rng: np.random.Generator) -> ClipFeatures:
    """A stretch of a clip, or all of a short one."""
    whole_s = length_s(clip)
    wanted_s = min(whole_s, rng.uniform(*bounds_s))
    start_s = rng.uniform(0, whole_s - wanted_s)
    return excerpt(clip, start_s, start_s + wanted_s)
