"""Speech: a run of syllables that moves the mouth and the voice alike."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from avemo_core.synthetic.timeline import Segment
from avemo_core.synthetic.voices.prosody import Prosody

VOWELS: Final = ("a", "e", "i", "o", "u")
OPENNESS: Final = np.array([1.0, 0.65, 0.35, 0.7, 0.3])
"""How far each vowel opens the jaw."""
WIDTH: Final = np.array([0.0, 0.4, 0.7, -0.6, -1.0])
"""How far each vowel spreads the lips, from rounded to spread."""
FORMANTS_HZ: Final = np.array(
    [
        [730.0, 1090.0, 2440.0, 3400.0],
        [530.0, 1840.0, 2480.0, 3500.0],
        [270.0, 2290.0, 3010.0, 3700.0],
        [570.0, 840.0, 2410.0, 3300.0],
        [300.0, 870.0, 2240.0, 3200.0],
    ]
)
"""The first four resonances of each vowel for an adult's vocal tract (rounded textbook values)."""
MARGIN_S: Final = 0.25
"""Speech goes on this long before and after the clip, so that it can be cut anywhere."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Speech:
    """Syllables in order of time, on the picture's clock."""

    start_s: Float[ndarray, " syllable"]
    length_s: Float[ndarray, " syllable"]
    vowel: Int[ndarray, " syllable"]
    stress: Float[ndarray, " syllable"]

    def loudness(self, time_s: Float[ndarray, " t"]) -> Float[ndarray, " t"]:
        """0 in a pause, up to a syllable's stress in its middle."""
        place, syllable = self._place(time_s)
        return np.asarray(np.sin(np.pi * place) ** 0.8 * self.stress[syllable])

    def openness(self, time_s: Float[ndarray, " t"]) -> Float[ndarray, " t"]:
        """How far the jaw is open, 0 to about 1."""
        place, syllable = self._place(time_s)
        return np.asarray(np.sin(np.pi * place) ** 0.8 * OPENNESS[self.vowel[syllable]])

    def width(self, time_s: Float[ndarray, " t"]) -> Float[ndarray, " t"]:
        """How far the lips are spread, -1 to 1."""
        _, syllable = self._place(time_s)
        return np.asarray(self.loudness(time_s) * WIDTH[self.vowel[syllable]])

    def formants_hz(self, time_s: Float[ndarray, " t"]) -> Float[ndarray, "t 4"]:
        """The resonances, gliding from one syllable's middle to the next one's."""
        middle_s = self.start_s + self.length_s / 2
        vowels = FORMANTS_HZ[self.vowel]
        return np.column_stack([np.interp(time_s, middle_s, resonance) for resonance in vowels.T])

    def _place(self, time_s: Float[ndarray, " t"]) -> tuple[Float[ndarray, " t"], Int[ndarray, " t"]]:
        """How far through its syllable each time lies (1 in the pause after it), and which syllable that is."""
        syllable = (np.searchsorted(self.start_s, time_s, side="right") - 1).clip(0)
        return ((time_s - self.start_s[syllable]) / self.length_s[syllable]).clip(0, 1), syllable


def speak(duration_s: float, segment: Segment, inside: Prosody, outside: Prosody, draw: np.random.Generator) -> Speech:
    """Draw the syllables of a clip; their rate follows the segment, and no pause falls into it."""
    starts, lengths = [], []
    now_s, until_pause = -MARGIN_S - float(draw.uniform(0, 0.2)), int(draw.integers(4, 9))
    while now_s < duration_s + MARGIN_S:
        on = float(segment.activation(np.array([now_s]))[0])
        rate_hz = outside.syllables_hz + on * (inside.syllables_hz - outside.syllables_hz)
        starts.append(now_s)
        lengths.append(float(draw.normal(1, 0.12)) / rate_hz)
        now_s += lengths[-1]
        until_pause -= 1
        if until_pause <= 0 and on == 0:
            now_s += float(draw.uniform(0.12, 0.25))
            until_pause = int(draw.integers(4, 9))
    vowel = draw.integers(0, len(VOWELS), len(starts))
    # Open vowels are louder.
    stress = draw.uniform(0.8, 1.0, len(starts)) * (0.5 + 0.5 * OPENNESS[vowel])
    return Speech(start_s=np.array(starts), length_s=np.array(lengths), vowel=vowel, stress=stress)
