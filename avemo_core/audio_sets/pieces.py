"""Sound in pieces whose borders lie on the file's clock, so that a step has one value, whatever segment it is asked for in.

A piece is heard with context on both sides, and gives the steps whose number lies in it. Pieces of 10 s with 1 s of context:

    file's clock    0                   10                  20                  30
    piece 0         [====================)~~
    piece 1                           ~~[====================)~~
    piece 2                                               ~~[====================)~~
    segment                                 [------)                                      12 to 14 s: needs piece 1, heard from 9 to 21 s

The file's clock counts samples from time 0: global sample g lies at g / 16000 s, and step n at global sample n * hop. A sound may begin
between two of them; it is taken to begin at the nearer one (at most 0.03 ms off), and filled with silence from the last step before it.

    global sample   0     320    640    960
    sound                    |~~~~~~~~~~~~~       begins at 500: its piece is heard from 320 on, 180 zeros first
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from jaxtyping import Float32

from avemo_core.audio_sets.audio_features import AudioFeatures
from avemo_core.audio_sets.steps import AudioSteps
from avemo_core.errors import MediaError
from avemo_core.media.sound import Sound
from schemas.audio import SAMPLE_RATE_HZ
from schemas.rejects import Reason

_SAMPLE_S: Final = 1 / SAMPLE_RATE_HZ
"""A sample that is taken to lie at a border may be heard a little before it or after."""
_NEARLY: Final = 1e-3
"""Of a sample: a sound that begins half way between two must not go to either by the rounding of floats."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far beyond a range its steps are heard: the pieces that it touches, with their context."""

    sets: Sequence[AudioFeatures] = ()

    def from_s(self, start_s: float) -> float:
        """From where on sound must be kept for steps at or after this time."""
        if math.isinf(start_s):
            return start_s
        return min([start_s, *(_piece_of(each, start_s) * _piece_s(each) - _context_s(each) - _SAMPLE_S for each in self.sets)])

    def until_s(self, stop_s: float) -> float:
        """Up to where sound must be there for steps before this time."""
        if math.isinf(stop_s):
            return stop_s
        return max([stop_s, *((_piece_of(each, stop_s) + 1) * _piece_s(each) + _context_s(each) + _SAMPLE_S for each in self.sets)])


@dataclass
class PieceReader:
    """Computes one set's steps of a clip piece by piece, each piece once for all segments that overlap there; made for one clip."""

    features: AudioFeatures
    _pieces: dict[int, tuple[int, Float32[np.ndarray, "step width"]]] = field(default_factory=dict)

    def steps(self, sound: Sound | None, start_s: float, stop_s: float) -> AudioSteps:
        """The steps whose centres lie in [start_s, stop_s) and within the sound.

        Args:
            sound: at least what the clip has in the range's `Reach`.
            start_s: on the file's clock.
            stop_s: exclusive.

        Raises:
            MediaError: `failed` where a value is NaN or infinite.
        """
        each, width = self.features, self.features.audio_set.width
        if sound is None or not len(sound.samples):
            return AudioSteps(time_s=np.zeros(0), values=np.zeros((0, width), np.float32))
        begins = math.floor(sound.start_s * SAMPLE_RATE_HZ + 0.5 + _NEARLY)
        ends = begins + len(sound.samples)
        first = max(0, math.ceil((max(start_s * SAMPLE_RATE_HZ, begins) - each.centre) / each.hop - _NEARLY))
        last = math.ceil((min(stop_s * SAMPLE_RATE_HZ, ends) - each.centre) / each.hop - _NEARLY)
        pieces = range(first // each.piece_hops, -(-last // each.piece_hops))
        self._pieces = {place: found for place, found in self._pieces.items() if place in pieces}
        found = [np.zeros((0, width), np.float32)]
        numbers = [np.zeros(0, np.int64)]
        for place in pieces:
            if place not in self._pieces:
                self._pieces[place] = self._piece(sound.samples, begins, place)
            number, values = self._pieces[place]
            steps = slice(max(first - number, 0), max(last - number, 0))
            found.append(values[steps])
            numbers.append(np.arange(number, number + len(values))[steps])
        time_s = (np.concatenate(numbers) * each.hop + each.centre) / SAMPLE_RATE_HZ
        return AudioSteps(time_s=time_s, values=np.concatenate(found))

    def _piece(self, samples: Float32[np.ndarray, " n"], begins: int, place: int) -> tuple[int, Float32[np.ndarray, "step width"]]:
        """The number of the piece's first step, and its values."""
        each = self.features
        first = place * each.piece_hops
        heard = max(first - each.context_hops, begins // each.hop)
        stop = min((first + each.piece_hops + each.context_hops) * each.hop, begins + len(samples))
        silence = max(0, begins - heard * each.hop)
        excerpt = samples[max(0, heard * each.hop - begins) : stop - begins]
        values = each.extract(np.concatenate([np.zeros(silence, np.float32), excerpt]))
        if not np.isfinite(values).all():
            raise MediaError(Reason.FAILED, "audio", f"{each.audio_set.name} gave NaN, or a value beyond float32")
        skipped = max(first - heard, 0)
        return heard + skipped, values[skipped : first + each.piece_hops - heard]


def _piece_s(each: AudioFeatures) -> float:
    return each.piece_hops * each.hop / SAMPLE_RATE_HZ


def _context_s(each: AudioFeatures) -> float:
    return each.context_hops * each.hop / SAMPLE_RATE_HZ


def _piece_of(each: AudioFeatures, time_s: float) -> int:
    """The piece of the first step at or after a time."""
    return math.ceil((time_s * SAMPLE_RATE_HZ - each.centre) / each.hop - _NEARLY) // each.piece_hops
