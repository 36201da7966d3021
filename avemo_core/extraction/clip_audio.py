"""What is heard of a clip's segments: the 27 features of each segment's own sound, and the further audio sets on the file's clock."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from avemo_core.audio import energy, framing, yaafe
from avemo_core.audio_sets.pieces import PieceReader
from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.extraction.parts import Parts
from avemo_core.extraction.segments import Segment
from schemas.audio_sets import YAAFE


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RowAudio:
    """What is heard in a row."""

    steps: Mapping[str, AudioSteps]
    """By audio set."""
    audible: Bool[np.ndarray, " t_a"]
    """Whether each 32 ms of the sound have energy, whichever sets there are."""

    @classmethod
    def nothing(cls) -> "RowAudio":
        """Of a file that is not opened."""
        return cls(steps={}, audible=np.zeros(0, bool))

    @property
    def is_of_use(self) -> bool:
        """Whether there is something for a model to hear."""
        return bool(self.steps) and bool(self.audible.any())

    @property
    def coverage(self) -> float:
        """Share of the audio steps that have energy."""
        return float(self.audible.mean()) if len(self.audible) else 0.0


class ClipAudio:
    """Listens to the segments of one clip, one after the other.

    Args:
        parts: which sets are wanted.
    """

    def __init__(self, parts: Parts) -> None:
        self._has_yaafe = parts.has_yaafe
        self._readers = [PieceReader(each) for each in parts.further]

    def of(self, segment: Segment) -> RowAudio:
        """What is heard in a segment.

        Raises:
            MediaError: a set makes no numbers of this sound.
        """
        own = segment.sound
        samples, begins_s = (np.zeros(0, np.float32), 0.0) if own is None else (own.samples, own.start_s)
        steps = {}
        if self._has_yaafe:
            audio = yaafe.extract(samples)
            audible = energy.audible(audio)
            steps[YAAFE] = AudioSteps(time_s=begins_s + framing.step_time_s(len(audio)), values=audio)
        else:
            audible = yaafe.feature("Energy", samples, np.float32)[:, 0] >= energy.AUDIBLE
        for reader in self._readers:
            heard = None if own is None else segment.heard
            steps[reader.features.audio_set.name] = reader.steps(heard, segment.start_s, segment.stop_s)
        return RowAudio(steps=steps, audible=audible)
