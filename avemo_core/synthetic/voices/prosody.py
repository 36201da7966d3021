"""How each emotion sounds: what it does to a neutral voice."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Prosody:
    """How a voice speaks."""

    f0: float
    """Factor on the speaker's fundamental frequency."""
    f0_spread: float
    """Standard deviation of the natural logarithm of f0 over the syllables."""
    syllables_hz: float
    intensity_db: float
    """Against neutral speech."""
    tilt: float
    """Added to the exponent by which harmonics fall off; negative: brighter."""
    jitter: float
    """Standard deviation of fast relative changes of f0."""
    breath: float
    """Noise of the breath over the voice's amplitude."""
    tract: float
    """Factor on all formants."""

    def towards(self, other: "Prosody", share: float) -> "Prosody":
        """A voice that lies between this one (share 0) and the other (share 1)."""
        between = {name: getattr(self, name) + share * (getattr(other, name) - getattr(self, name)) for name in self.__slots__}
        return Prosody(**between)


PROSODY: Final = {
    "angry": Prosody(f0=1.3, f0_spread=0.16, syllables_hz=5.4, intensity_db=7.0, tilt=-0.45, jitter=0.03, breath=0.03, tract=1.03),
    "disgust": Prosody(f0=0.88, f0_spread=0.12, syllables_hz=3.5, intensity_db=1.0, tilt=0.05, jitter=0.045, breath=0.05, tract=0.94),
    "fear": Prosody(f0=1.5, f0_spread=0.10, syllables_hz=6.0, intensity_db=1.0, tilt=-0.10, jitter=0.025, breath=0.16, tract=1.04),
    "happy": Prosody(f0=1.38, f0_spread=0.27, syllables_hz=5.1, intensity_db=4.0, tilt=-0.25, jitter=0.006, breath=0.03, tract=1.07),
    "neutral": Prosody(f0=1.0, f0_spread=0.07, syllables_hz=4.4, intensity_db=0.0, tilt=0.0, jitter=0.005, breath=0.03, tract=1.0),
    "sad": Prosody(f0=0.9, f0_spread=0.04, syllables_hz=3.1, intensity_db=-6.0, tilt=0.55, jitter=0.01, breath=0.14, tract=0.98),
    "surprise": Prosody(f0=1.55, f0_spread=0.38, syllables_hz=4.3, intensity_db=4.0, tilt=-0.2, jitter=0.008, breath=0.06, tract=1.02),
}
"""Voices at full intensity."""
