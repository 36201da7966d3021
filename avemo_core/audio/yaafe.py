"""The 27 YAAFE features in their order, 901 columns a step.

Source: Chao et al. 2016, section 3.3; YAAFE 0.70 with its default parameters, all its features but the raw frames.
Departs: 901 columns where the paper has 939 (docs/audio_features.md).
"""

from collections.abc import Callable
from itertools import accumulate
from typing import Final, TypeVar

import numpy as np
from jaxtyping import Float, Shaped

from avemo_core.audio import bands, cepstrum, envelope, loudness, octaves, onset, prediction, shape, spectrum, temporal
from avemo_core.audio.framing import TILE, hold, step_count
from avemo_core.audio.step_ranges import SlowBlocks, Spectra, Waveform
from avemo_core.errors import ConfigError
from schemas.audio import COLUMNS as COLUMNS  # noqa: PLC0414 - part of what this module offers
from schemas.audio import WIDTHS

Form = TypeVar("Form", Waveform, Spectra, SlowBlocks)

WAVEFORM: Final[dict[str, Callable[[Waveform], Float[np.ndarray, "width t_a"]]]] = {
    "AutoCorrelation": lambda w: w.autocorrelation,
    "Energy": lambda w: temporal.energy(w.autocorrelation),
    "LPC": lambda w: prediction.lpc(w.reflections),
    "LSF": lambda w: prediction.lsf(w.reflections),
    "TemporalShapeStatistics": lambda w: temporal.temporal_shape_statistics(w.hops),
    "ZCR": lambda w: temporal.zcr(w.hops),
}

SPECTRAL: Final[dict[str, Callable[[Spectra], Float[np.ndarray, "width t_a"]]]] = {
    "ComplexDomainOnsetDetection": lambda s: onset.complex_domain_onset_detection(s.spectra, s.length),
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
    "SpectralFlux": lambda s: onset.spectral_flux(s.likeness),
    "SpectralRolloff": lambda s: spectrum.spectral_rolloff(s.power),
    "SpectralShapeStatistics": lambda s: shape.shape_statistics(s.magnitude_sums),
    "SpectralSlope": lambda s: spectrum.spectral_slope(s.magnitude_sums),
    "SpectralVariation": lambda s: onset.spectral_variation(s.likeness),
}

SLOW: Final[dict[str, Callable[[SlowBlocks], Float[np.ndarray, "width t_a"]]]] = {
    "AmplitudeModulation": lambda b: hold(envelope.amplitude_modulation(b.envelope)),
    "Envelope": lambda b: hold(b.envelope),
    "EnvelopeShapeStatistics": lambda b: hold(shape.shape_statistics(shape.power_sums(b.envelope))),
}

UNBOUNDED: Final = ("EnvelopeShapeStatistics", "SpectralShapeStatistics", "TemporalShapeStatistics")
"""Features over powers of a spread that may be EPS: up to 1e75."""

LARGEST: Final = 1e15
"""Samples beyond this are refused: float32 would not hold their features. Those between it and 1 are taken as they are."""


def extract(samples: Shaped[np.ndarray, "..."], dtype: type[np.floating] = np.float32) -> Float[np.ndarray, "t_a 901"]:
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


def feature(name: str, samples: Shaped[np.ndarray, "..."], dtype: type[np.floating] = np.float64) -> Float[np.ndarray, "t_a width"]:
    """One of the 27 by its name, as it stands in extract's table.

    Raises:
        ConfigError: no such feature, or samples are not one row of finite floating-point numbers.
    """
    if name not in WIDTHS:
        raise ConfigError(f"no audio feature {name!r}; there are {', '.join(WIDTHS)}")
    return _table(_checked(samples), [name], dtype)


def _table(samples: Float[np.ndarray, " n"], names: list[str], dtype: type[np.floating]) -> Float[np.ndarray, "t_a width"]:
    t_a, stops = step_count(samples.size), accumulate(WIDTHS[name] for name in names)
    columns = {name: slice(stop - WIDTHS[name], stop) for name, stop in zip(names, stops, strict=True)}
    out = np.empty((t_a, sum(WIDTHS[name] for name in names)), dtype)
    _fill(out, columns, samples, Waveform, WAVEFORM)
    _fill(out, columns, samples, Spectra, SPECTRAL)
    _fill(out, columns, samples, SlowBlocks, SLOW)
    return out


def _fill(
    out: Float[np.ndarray, "t_a width"],
    columns: dict[str, slice],
    samples: Float[np.ndarray, " n"],
    form: type[Form],
    features: dict[str, Callable[[Form], Float[np.ndarray, "width t_a"]]],
) -> None:
    """Compute those of the features that have columns, a range of steps at a time, which is filled up to whole tiles."""
    wanted = [name for name in features if name in columns]
    for start in range(0, len(out) if wanted else 0, form.STEPS):
        rows = out[start : start + form.STEPS]
        steps = form(samples, start, start + -(-len(rows) // TILE) * TILE)
        for name in wanted:
            rows[:, columns[name]] = _within(out.dtype, name, features[name](steps)[:, : len(rows)].T)


def _within(dtype: np.dtype, name: str, values: Float[np.ndarray, "t_a width"]) -> Float[np.ndarray, "t_a width"]:
    """Bring values that float32 cannot hold to its ends."""
    most = np.finfo(dtype).max
    return values.clip(-most, most) if name in UNBOUNDED else values


def _checked(samples: Shaped[np.ndarray, "..."]) -> Float[np.ndarray, " n"]:
    if samples.ndim != 1:
        raise ConfigError(f"a sound is one row of samples; this has shape {samples.shape}: mix channels down first")
    if not np.issubdtype(samples.dtype, np.floating):
        raise ConfigError(f"a sound's samples are floating-point numbers in -1 to 1; these are {samples.dtype}: divide by full scale first")
    if samples.size and not (samples.min() >= -LARGEST and samples.max() <= LARGEST):
        raise ConfigError(f"a sound's samples are finite and in -1 to 1; these reach from {samples.min()} to {samples.max()}")
    return samples
