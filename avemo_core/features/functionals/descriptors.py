"""What functionals are taken of: some 140 values a step that describe the voice and not how loud it was recorded.

Of the 27 audio features those that keep their value when the sound is made louder, and five that are divided by the clip's own level.
The magnitude spectrum, its autocorrelation and the slow features (2 s a block) are left out: mel bands and loudness hold the first two in
fewer values, the slow ones see the silence around the voice, and the octave
bands have a floor that moves with the level (docs/decisions/functionals.md).
"""

from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Float32

from schemas.audio import COLUMNS, WIDTHS

_OF_ANY_LEVEL: Final = (
    "MFCC",
    "LSF",
    "Loudness",
    "SpectralFlatnessPerBand",
    "SpectralCrestFactorPerBand",
    "PerceptualSharpness",
    "PerceptualSpread",
    "SpectralRolloff",
    "SpectralDecrease",
    "SpectralFlatness",
    "SpectralVariation",
    "SpectralShapeStatistics",
    "ZCR",
    "LPC",
)
"""Features that are the same at any recording level."""

_AT_OWN_LEVEL: Final = ("MelSpectrum", "Energy", "ComplexDomainOnsetDetection")
"""Features that grow with it: divided by the clip's level, and their natural logarithm taken."""

_COMPRESSED: Final = {"SpectralFlux": 1.0, "SpectralSlope": 1e6}
"""Features of any level that span decades: sign(a) ln(1 + |a| f), and f of each; a slope is some 1e-6."""

READS: Final = frozenset({*_OF_ANY_LEVEL, *_AT_OWN_LEVEL, *_COMPRESSED})
"""The features that are asked for, by name."""

_FAINT: Final = 1e-3
"""Of the clip's level, added before a logarithm: -60 dB."""

WIDTH: Final = sum(WIDTHS[name] for name in (*_OF_ANY_LEVEL, *_AT_OWN_LEVEL, *_COMPRESSED)) + 2
"""Values a step; the last two are the F0 contour (ln Hz) and the voicing strength (log-odds)."""


def descriptors(
    audio: Float32[np.ndarray, "t_a 901"],
    audible: Bool[np.ndarray, " t_a"],
    log_f0: Float[np.ndarray, " t_a"],
    voicing_strength: Float[np.ndarray, " t_a"],
) -> Float[np.ndarray, "t_a width"]:
    """The values of every step, in the order of the tuples above; a clip twice as loud has the same.

    Args:
        audio: the 27 audio features of a clip with sound.
        audible: at least one step, with energy.
        log_f0: natural logarithm of hertz.
        voicing_strength: log-odds of the autocorrelation's peak.
    """
    level = np.sqrt(np.mean(np.square(audio[audible, COLUMNS["Energy"]], dtype=float)))
    return np.concatenate(
        [
            *(audio[:, COLUMNS[name]] for name in _OF_ANY_LEVEL),
            *(np.log(audio[:, COLUMNS[name]] / level + _FAINT) for name in _AT_OWN_LEVEL),
            *(_compressed(audio[:, COLUMNS[name]], factor) for name, factor in _COMPRESSED.items()),
            log_f0[:, None],
            voicing_strength[:, None],
        ],
        1,
        dtype=float,
    )


def _compressed(values: Float32[np.ndarray, "t_a d"], factor: float) -> Float[np.ndarray, "t_a d"]:
    compressed: np.ndarray = np.copysign(np.log1p(np.abs(values) * factor), values)
    return compressed
