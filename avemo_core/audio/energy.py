"""Whether a step has sound above silence."""

from typing import Final

import numpy as np
from jaxtyping import Bool, Float

from schemas.audio import COLUMNS

AUDIBLE: Final = 1e-3
"""Least RMS of a step that counts as sound, full scale being 1: -60 dBFS, below the room noise of a spoken recording."""


def audible(audio: Float[np.ndarray, "t_a 901"]) -> Bool[np.ndarray, " t_a"]:
    """Whether each step's RMS (its Energy) reaches -60 dBFS; digital silence and its near kin do not."""
    return audio[:, COLUMNS["Energy"]][:, 0] >= AUDIBLE
