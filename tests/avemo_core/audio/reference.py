"""The 27 audio features, transcribed from their formulas: float64, a loop for every index but the FFT's. Slow and plain on purpose."""

import math
from collections.abc import Callable

import numpy as np
from numpy import ndarray

from tests.avemo_core.audio import reference_bands as bands
from tests.avemo_core.audio import reference_spectra as spectra
from tests.avemo_core.audio import reference_waves as waves

SLOW: dict[str, Callable[[ndarray], list[list[float]]]] = {
    "AmplitudeModulation": waves.amplitude_modulation,
    "Envelope": waves.envelope,
    "EnvelopeShapeStatistics": waves.envelope_shape_statistics,
}

FAST: dict[str, Callable[[ndarray], list[list[float]]]] = {
    "AutoCorrelation": waves.autocorrelation,
    "ComplexDomainOnsetDetection": spectra.complex_domain_onset_detection,
    "Energy": waves.energy,
    "LPC": waves.lpc,
    "LSF": waves.lsf,
    "Loudness": bands.loudness,
    "MFCC": bands.mfcc,
    "MagnitudeSpectrum": spectra.magnitude_spectrum,
    "MelSpectrum": bands.mel_spectrum,
    "OBSI": bands.obsi,
    "OBSIR": bands.obsir,
    "PerceptualSharpness": bands.perceptual_sharpness,
    "PerceptualSpread": bands.perceptual_spread,
    "SpectralCrestFactorPerBand": bands.spectral_crest_factor_per_band,
    "SpectralDecrease": spectra.spectral_decrease,
    "SpectralFlatness": spectra.spectral_flatness,
    "SpectralFlatnessPerBand": bands.spectral_flatness_per_band,
    "SpectralFlux": spectra.spectral_flux,
    "SpectralRolloff": spectra.spectral_rolloff,
    "SpectralShapeStatistics": spectra.spectral_shape_statistics,
    "SpectralSlope": spectra.spectral_slope,
    "SpectralVariation": spectra.spectral_variation,
    "TemporalShapeStatistics": waves.temporal_shape_statistics,
    "ZCR": waves.zcr,
}


def feature(name: str, x: ndarray) -> ndarray:
    """One feature, a row a step; a slow one is held for 32 steps."""
    if name in FAST:
        return np.array(FAST[name](x))
    return np.repeat(SLOW[name](x), 32, axis=0)[: math.ceil(len(x) / 512)]
