"""Pictures of known people: a folder per person, as FaceScrub, CFW and VGGFace have it, and how they are split."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from avemo_core.appearance.stills import pictures_in
from avemo_core.corpora.clip import Clip
from avemo_core.errors import ConfigError

VALIDATION: Final = 0.1
"""Share of each trained person's pictures that is held out for validation; at least one of them where there are three."""


def pictures_of(location: str) -> list[Clip]:
    """Every picture below the folder; its subject is the folder it lies in. A picture is a clip of one picture.

    Args:
        location: a folder, local or any URL fsspec opens.

    Raises:
        ConfigError: no such folder, or fewer than two people in it.
    """
    pictures = sorted(pictures_in(location, "a folder of pictures for each person").items())
    clips = [Clip(source_id=name, uri=uri, subject=posixpath.dirname(name)) for name, uri in pictures if posixpath.dirname(name)]
    people = {clip.subject for clip in clips}
    if len(people) < 2:
        raise ConfigError(f"{location} shows {len(people)} people: expected a folder of pictures for each of at least two, PERSON/name.jpg")
    return clips


@dataclass(frozen=True, kw_only=True)
class IdentitySplit:
    """Which pictures serve for what; numbers of pictures."""

    train: list[int]
    validation: list[int]
    """Other pictures of the people trained on."""
    held_out: list[int]
    """All pictures of people never trained on: verification is measured on them."""
    people: tuple[str, ...]
    """Those trained on, in the order of the network's outputs."""
    people_held_out: int


def split(persons: Sequence[str], *, held_out: float, seed: int) -> IdentitySplit:
    """Hold out some people, and some pictures of each of the others.

    Args:
        persons: of each picture.
        held_out: share of the people to hold out; 0 or at least two people.
        seed: decides who.

    Raises:
        ConfigError: fewer than two people would be left to train on.
    """
    names = sorted(set(persons))
    draw = np.random.default_rng(seed)
    aside = max(2, round(held_out * len(names))) if held_out else 0
    if len(names) - aside < 2:
        raise ConfigError(f"{len(names)} people: two must be left to train on, and --held-out {held_out:g} keeps {aside} aside")
    shuffled = [names[place] for place in draw.permutation(len(names))]
    people = tuple(sorted(shuffled[aside:]))
    pictures = _by_person(persons)
    validation = {index for name in people for index in _validated(pictures[name], draw)}
    return IdentitySplit(
        train=[index for name in people for index in pictures[name] if index not in validation],
        validation=sorted(validation),
        held_out=sorted(index for name in shuffled[:aside] for index in pictures[name]),
        people=people,
        people_held_out=aside,
    )


def _by_person(persons: Sequence[str]) -> dict[str, list[int]]:
    pictures: dict[str, list[int]] = {}
    for index, person in enumerate(persons):
        pictures.setdefault(person, []).append(index)
    return pictures


def _validated(pictures: Sequence[int], draw: np.random.Generator) -> list[int]:
    """One in ten of a person's pictures, at least one where there are three."""
    count = max(1, round(VALIDATION * len(pictures))) if len(pictures) >= 3 else 0
    return [pictures[place] for place in draw.permutation(len(pictures))[:count]]
