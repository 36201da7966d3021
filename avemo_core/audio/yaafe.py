"""The 27 YAAFE features in their order, 901 columns a step.

Source: Chao et al. 2016, section 3.1; YAAFE 0.70 with its default parameters, all its features but the raw frames.
Departs: 901 columns where the paper has 939 (docs/audio_features.md).
"""

from collections.abc import Callable
from itertools import accumulate
from typing import Final

import numpy as np
from jaxtyping import Float

from avemo_core.audio import bands, cepstrum, envelope, loudness, octaves, onset, prediction, shape, spectrum, temporal
from avemo_core.audio.framing import HOLD, TILE, step_count
from avemo_core.audio.stretch import Stretch
from avemo_core.errors import ConfigError

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

SLOW: Final[dict[str, Callable[[Stretch], Float[np.ndarray, "width t_s"]]]] = {
    "AmplitudeModulation": lambda s: envelope.amplitude_modulation(s.envelope),
    "Envelope": lambda s: s.envelope,
    "EnvelopeShapeStatistics": lambda s: shape.shape_statistics(shape.power_sums(s.envelope)),
}
"""Features with a value a slow step, held for the 32 steps from its centre on."""

FAST: Final[dict[str, Callable[[Stretch], Float[np.ndarray, "width t_a"]]]] = {
    "AutoCorrelation": lambda s: s.autocorrelation,
    "ComplexDomainOnsetDetection": lambda s: onset.complex_domain_onset_detection(s.spectra, s.length),
    "Energy": lambda s: temporal.energy(s.hops),
    "LPC": lambda s: prediction.lpc(s.reflections),
    "LSF": lambda s: prediction.lsf(s.reflections),
    "Loudness": lambda s: s.loudness,
    "MFCC": lambda s: cepstrum.mfcc(s.mel),
    "MagnitudeSpectrum": lambda s: s.magnitude_rows[1:].T,
    "MelSpectrum": lambda s: s.mel,
    "OBSI": lambda s: s.obsi,
    "OBSIR": lambda s: octaves.obsir(s.obsi),
    "PerceptualSharpness": lambda s: loudness.perceptual_sharpness(s.loudness),
    "PerceptualSpread": lambda s: loudness.perceptual_spread(s.loudness),
    "SpectralCrestFactorPerBand": lambda s: bands.spectral_crest_factor_per_band(s.grouped_power),
    "SpectralDecrease": lambda s: spectrum.spectral_decrease(s.magnitude),
    "SpectralFlatness": lambda s: spectrum.spectral_flatness(s.magnitude),
    "SpectralFlatnessPerBand": lambda s: bands.spectral_flatness_per_band(s.grouped_power),
    "SpectralFlux": lambda s: onset.spectral_flux(s.magnitude_rows),
    "SpectralRolloff": lambda s: spectrum.spectral_rolloff(s.power),
    "SpectralShapeStatistics": lambda s: shape.shape_statistics(s.magnitude_sums),
    "SpectralSlope": lambda s: spectrum.spectral_slope(s.magnitude_sums),
    "SpectralVariation": lambda s: onset.spectral_variation(s.magnitude_rows),
    "TemporalShapeStatistics": lambda s: temporal.temporal_shape_statistics(s.hops),
    "ZCR": lambda s: temporal.zcr(s.hops),
}
"""Features with a value a step."""

LARGEST: Final = 1e30
"""Samples beyond this are refused; they would overflow. Those between it and 1 are taken as they are."""

STRETCH: Final = 256
"""Steps computed at once: what they need fits the second-level cache, and an hour of sound takes no more memory than 8 s."""


def extract(samples: Float[np.ndarray, " n"], dtype: type[np.floating] = np.float32) -> Float[np.ndarray, "t_a 901"]:
    """All 27 features of a sound, a row every 512 samples.

    Args:
        samples: 16 kHz mono, in -1 to 1.
        dtype: of the result: float32, or float64, in which everything is computed. Values beyond float32 are brought to its ends.

    Returns:
        ceil(n / 512) rows; columns as COLUMNS says. No rows for an empty sound.

    Raises:
        ConfigError: samples are not one row of finite floating-point numbers.
    """
    return _table(_checked(samples), list(WIDTHS), dtype)


def feature(name: str, samples: Float[np.ndarray, " n"], dtype: type[np.floating] = np.float64) -> Float[np.ndarray, "t_a width"]:
    """One of the 27 by its name, as it stands in extract's table.

    Raises:
        ConfigError: no such feature, or samples are not one row of finite floating-point numbers.
    """
    if name not in WIDTHS:
        raise ConfigError(f"no audio feature {name!r}; there are {', '.join(WIDTHS)}")
    return _table(_checked(samples), [name], dtype)


def _table(samples: Float[np.ndarray, " n"], names: list[str], dtype: type[np.floating]) -> Float[np.ndarray, "t_a width"]:
    stops = list(accumulate(WIDTHS[name] for name in names))
    columns = [slice(stop - WIDTHS[name], stop) for name, stop in zip(names, stops, strict=True)]
    t_a = step_count(samples.size)
    out = np.empty((t_a, stops[-1]), dtype)
    most = np.finfo(dtype).max
    with np.errstate(over="ignore"):  # what float32 cannot hold is clipped
        for start in range(0, t_a, STRETCH):
            rows = out[start : start + STRETCH]
            stretch = Stretch(samples, start, start + -(-len(rows) // TILE) * TILE)
            for name, column in zip(names, columns, strict=True):
                rows[:, column] = _steps(name, stretch)[: len(rows)]
            np.clip(rows, -most, most, out=rows)
    return out


def _steps(name: str, stretch: Stretch) -> Float[np.ndarray, "t_a width"]:
    if name in SLOW:
        return np.repeat(SLOW[name](stretch).T, HOLD, axis=0)
    return FAST[name](stretch).T


def _checked(samples: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    if samples.ndim != 1:
        raise ConfigError(f"a sound is one row of samples; this has shape {samples.shape}: mix channels down first")
    if not np.issubdtype(samples.dtype, np.floating):
        raise ConfigError(f"a sound's samples are floating-point numbers in -1 to 1; these are {samples.dtype}: divide by full scale first")
    if samples.size and not (samples.min() >= -LARGEST and samples.max() <= LARGEST):
        raise ConfigError(f"a sound's samples are finite and in -1 to 1; these reach from {samples.min()} to {samples.max()}")
    return samples
