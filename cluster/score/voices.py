"""Voices that were read while people were measured, so that scoring does not read them again.

    part of the features    measured by a task         scored by a worker
    part-a                  reads a's voices  ------>  takes them
    part-b                  reads b's voices  ------>  takes them
    part-c                  no room is left            reads c's voices itself
    part-d                  its people are known       likewise

They lie in Ray's object store, a part's together. They are a help and nothing hangs on them: where they are not there, they are read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import ray
from ray.exceptions import GetTimeoutError, RayError

from avemo_core.features.voice import NO_VOICES, Voices
from cluster.storage.folder import Entry

_STORE_SHARE: Final = 0.3
"""Of the object stores' room, beyond which no more voices are kept: what is more would be written to disks."""

_WAIT_S: Final = 30.0
"""A part's voices are waited for; one whose node was lost would have to be measured again, and there is no core left for that."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class KeptVoices:
    """Where the voices of each part are."""

    by_part: Mapping[str, ray.ObjectRef[Voices]] = field(default_factory=dict)
    """By name of the part."""


class VoiceReader:
    """Takes the voices of parts, one part's in memory at a time; once they could not be had, there are none any more.

    Args:
        kept: where they are.
    """

    def __init__(self, kept: KeptVoices) -> None:
        self._kept = kept
        self._part: str | None = None
        self._voices = NO_VOICES

    def of(self, part: Entry) -> Voices:
        """The part's voices; none where they were not kept."""
        if part.name != self._part:
            self._part, self._voices = part.name, self._take(part.name)
        return self._voices

    def _take(self, part: str) -> Voices:
        if part not in self._kept.by_part:
            return NO_VOICES
        try:
            voices: Voices = ray.get(self._kept.by_part[part], timeout=_WAIT_S)
        except (GetTimeoutError, RayError) as error:
            _LOG.warning("voices that were kept are lost, and are read again: %s", type(error).__name__)
            self._kept = KeptVoices()
            return NO_VOICES
        return voices


def room_for_voices() -> int:
    """Bytes of voices that are kept at most."""
    resources: Callable[[], dict[str, Any]] = ray.cluster_resources
    return int(_STORE_SHARE * resources().get("object_store_memory", 0))
