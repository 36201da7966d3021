"""egemaps: the 25 low-level descriptors of eGeMAPS v02 by openSMILE, a step every 10 ms.

Source: Eyben et al. 2016, "The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for Voice Research and Affective Computing".
Departs: computed over pieces of 10 s with 1 s of context; jitter and shimmer count periods from where a piece begins.
"""

from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from avemo_core.errors import ConfigError
from schemas.audio import SAMPLE_RATE_HZ
from schemas.audio_sets import AudioSet

NAME: Final = "egemaps"
LICENCE: Final = "openSMILE by audEERING, for research, education and private use alone; anything commercial needs a licence of theirs"
HOP: Final = 160
WINDOW: Final = 320
"""20 ms, whose centre is a step's time; F0 and what hangs on it are found over 60 ms from the same start on."""
LONGEST_WINDOW: Final = 960
_HIGHEST: Final = 32767 / 32768
"""The highest value that 16 bit hold; full scale is 1."""
_UNITS: Final = {"F0semitoneFrom27.5Hz": "semitones above 27.5 Hz", "shimmerLocaldB": "dB", "HNRdBACF": "dB", "hammarbergIndex": "dB"}


@dataclass(frozen=True)
class Egemaps:
    """The set as `AudioFeatures`.

    Raises:
        ConfigError: the package opensmile is not installed.
    """

    hop: int = HOP
    centre: float = WINDOW / 2
    piece_hops: int = 1000
    context_hops: int = 100
    licence: str | None = LICENCE

    def __post_init__(self) -> None:
        """Refuse to go on without openSMILE."""
        if find_spec("opensmile") is None:
            raise ConfigError(f"--audio egemaps: the package opensmile is not installed: pip install --editable '.[egemaps]' ({LICENCE})")

    @cached_property
    def audio_set(self) -> AudioSet:
        """What a table says of it."""
        names = tuple(self._smile.feature_names)
        return AudioSet(
            name=NAME,
            columns=names,
            units=tuple(_unit(name) for name in names),
            step_s=HOP / SAMPLE_RATE_HZ,
            meaning=f"the low-level descriptors of eGeMAPS v02 by opensmile {metadata.version('opensmile')}, a vector a step",
        )

    @property
    def agreement(self) -> str:
        """By openSMILE's minor release."""
        return f"{NAME} {'.'.join(metadata.version('opensmile').split('.')[:2])}"

    def extract(self, samples: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, "step width"]:
        """A row for each step whose windows lie within the sound; at the very end, where the longest do not, openSMILE has fewer."""
        if len(samples) < LONGEST_WINDOW:  # openSMILE would give one row of NaN
            return np.zeros((0, len(self._smile.feature_names)), np.float32)
        # Its Python package casts to 16 bit without clipping: +1 would become -1, a click (findings/opensmile_full_scale.sh).
        clipped = np.clip(samples, -1.0, _HIGHEST)
        return np.asarray(self._smile.process_signal(clipped, SAMPLE_RATE_HZ).to_numpy(np.float32))

    @cached_property
    def _smile(self) -> Any:  # noqa: ANN401 - opensmile ships no annotations, and may not be installed
        import opensmile  # noqa: PLC0415 - an extra

        return opensmile.Smile(feature_set=opensmile.FeatureSet.eGeMAPSv02, feature_level=opensmile.FeatureLevel.LowLevelDescriptors)


def _unit(name: str) -> str:
    stem = name.split("_", maxsplit=1)[0]
    return _UNITS.get(stem, "Hz" if stem.endswith(("frequency", "bandwidth")) else "")
