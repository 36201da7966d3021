"""What a feature_set says of each part of a table, and whether two tables were measured alike in the parts that a model reads.

resnet29 f35c / 1024 values 8a0b / facemesh / yaafe27+speech wavlm 8f3a layers -4..-1 / every frame / media 2
network         values             landmarks  audio sets                                frames        media version

part            what must agree
shape           landmarks, frames, media version
appearance      network, values, landmarks (they place the chip), frames, media version
an audio set    its own words, media version
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from avemo_core.features.parts import is_of_face

_APART: Final = " / "
_MEDIA: Final = "media "
_FIELDS: Final = 5
"""Without the media version, which the first tables do not have."""


class _Said(NamedTuple):
    network: str
    values: str
    landmarks: str
    audio: str
    frames: str
    media: str


def is_alike(one: str, other: str, reads: Sequence[str]) -> bool:
    """Whether a model that reads these parts reads the same from features of both feature_sets.

    Args:
        one: a feature_set.
        other: likewise.
        reads: names of parts, as avemo_core.features.parts has them.
    """
    return not unlike(one, other, reads)


def unlike(one: str, other: str, reads: Sequence[str]) -> list[str]:
    """Which of these parts were measured otherwise, or are not in both; all of them where one is no feature_set of ours."""
    first, second = _said(one), _said(other)
    if one == other:
        return []
    if first is None or second is None:
        return list(reads)
    claims = {part: (_claim(first, part), _claim(second, part)) for part in reads}
    return [part for part, (claim, found) in claims.items() if claim is None or claim != found]


def audio_set_in(feature_set: str, name: str) -> str | None:
    """What a feature_set says of an audio set, its name first; None where it has none of the name."""
    said = _said(feature_set)
    return None if said is None else _of_set(said, name)


def _said(feature_set: str) -> _Said | None:
    """The fields; None of one that is no feature_set of ours."""
    fields = feature_set.split(_APART)
    media = fields.pop() if fields[-1].startswith(_MEDIA) else ""
    return _Said._make([*fields, media]) if len(fields) == _FIELDS else None


def _claim(said: _Said, part: str) -> tuple[str, ...] | None:
    """What must agree for a part; None where the table has no such part."""
    if not is_of_face(part):
        words = _of_set(said, part)
        return None if words is None else (words, said.media)
    placed = (said.landmarks, said.frames, said.media)
    return placed if part == "shape" else (said.network, said.values, *placed)


def _of_set(said: _Said, name: str) -> str | None:
    return next((words for words in said.audio.split("+") if words.split(" ")[0] == name), None)
