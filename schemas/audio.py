"""The 27 audio features of a step: their order and where each lies in the `audio` column."""

from itertools import accumulate
from typing import Final

SAMPLE_RATE_HZ: Final = 16_000
"""Of the sound that the features are defined on (Chao et al. 2016, section 3.2); other rates are resampled before."""

WIDTHS: Final = {
    "AmplitudeModulation": 8,
    "AutoCorrelation": 49,
    "ComplexDomainOnsetDetection": 1,
    "Energy": 1,
    "Envelope": 164,
    "EnvelopeShapeStatistics": 4,
    "LPC": 2,
    "LSF": 10,
    "Loudness": 24,
    "MFCC": 13,
    "MagnitudeSpectrum": 513,
    "MelSpectrum": 40,
    "OBSI": 9,
    "OBSIR": 8,
    "PerceptualSharpness": 1,
    "PerceptualSpread": 1,
    "SpectralCrestFactorPerBand": 19,
    "SpectralDecrease": 1,
    "SpectralFlatness": 1,
    "SpectralFlatnessPerBand": 19,
    "SpectralFlux": 1,
    "SpectralRolloff": 1,
    "SpectralShapeStatistics": 4,
    "SpectralSlope": 1,
    "SpectralVariation": 1,
    "TemporalShapeStatistics": 4,
    "ZCR": 1,
}

COLUMNS: Final[dict[str, slice]] = {
    name: slice(stop - width, stop) for (name, width), stop in zip(WIDTHS.items(), accumulate(WIDTHS.values()), strict=True)
}
"""Where each feature lies among the 901."""

AUDIO_WIDTH: Final = sum(WIDTHS.values())
"""The 27 YAAFE features side by side: 901."""
