"""Flatness and crest factor of 19 quarter-octave bands from 250 Hz to 7115 Hz."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import scipy.sparse
from jaxtyping import Float

from avemo_core.audio.framing import EPS
from avemo_core.audio.spectrum import BIN_HZ, BINS
from schemas.audio import SAMPLE_RATE_HZ

BANDS: Final = 19


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """A band of bins whose power is summed over groups of neighbours."""

    start: int
    stop: int
    """Exclusive."""
    group: int
    """Bins a group: 1 below 1 kHz, then 2, doubled with each octave."""


def grouped_power(p: Float[np.ndarray, "bins t_a"]) -> Float[np.ndarray, "groups t_a"]:
    """The power of every group of every band, band by band.

    Source: YAAFE 0.70, SpectralFlatnessPerBand and SpectralCrestFactorPerBand (MPEG-7 audio).
    """
    return np.asarray(_GROUPS @ p)


def spectral_flatness_per_band(d: Float[np.ndarray, "groups t_a"]) -> Float[np.ndarray, "19 t_a"]:
    """exp(mean ln e) / mean e over each band's groups, e = d + EPS.

    Unit: none. Range: 0 (a tone) to 1 (flat). Source: YAAFE 0.70, SpectralFlatnessPerBand.

    Args:
        d: the groups' power.
    """
    e = d + EPS
    return np.exp(_MEANS @ np.log(e)) / (_MEANS @ e)


def spectral_crest_factor_per_band(d: Float[np.ndarray, "groups t_a"]) -> Float[np.ndarray, "19 t_a"]:
    """Largest over mean power of the groups of each band: max d / mean d, 0 where all are 0.

    Unit: none. Range: 1 (flat) to the band's number of groups (a tone). Source: YAAFE 0.70, SpectralCrestFactorPerBand.

    Args:
        d: the groups' power.
    """
    mean = np.asarray(_MEANS @ d)
    peak = np.stack([d[band].max(axis=0) for band in _SPANS])
    return np.asarray(np.divide(peak, mean, out=np.zeros_like(mean), where=mean > 0))


def quarter_octaves() -> list[Band]:
    """Bands of a quarter octave from 250 Hz, 5 % overlap on each side, while they end below 8 kHz."""
    high_hz = SAMPLE_RATE_HZ / 2
    low_hz = high_hz * 2.0 ** _round(np.log2(250 / high_hz))
    edges_hz = low_hz * 2.0 ** (np.arange(4 * 16) / 4)
    pairs = pairwise(edges_hz)
    return [_band(low, high) for low, high in pairs if low < high_hz and 1.05 * high <= high_hz]


def _band(low_hz: float, high_hz: float) -> Band:
    first, last = _round(0.95 * low_hz / BIN_HZ), _round(1.05 * high_hz / BIN_HZ)
    if low_hz < 1000:
        return Band(start=first, stop=last + 1, group=1)
    group = 2 ** int(np.floor(np.log2(low_hz / 500)))
    return Band(start=first, stop=first + group * _round((last - first + 1) / group), group=group)


def _round(value: float) -> int:
    """Half away from zero, as C rounds."""
    return int(np.sign(value) * np.floor(abs(value) + 0.5))


def _grouping() -> Float[np.ndarray, "groups bins"]:
    k = np.arange(BINS)
    starts = [(start, band.group) for band in quarter_octaves() for start in range(band.start, band.stop, band.group)]
    return np.array([(start <= k) & (k < start + group) for start, group in starts], dtype=np.float64)


def _spans() -> list[slice]:
    ends = np.cumsum([(band.stop - band.start) // band.group for band in quarter_octaves()]).tolist()
    return [slice(start, stop) for start, stop in zip([0, *ends[:-1]], ends, strict=True)]


_SPANS: Final = _spans()
_GROUPS: Final = scipy.sparse.csr_array(_grouping())
_MEANS: Final = scipy.sparse.csr_array(
    np.repeat(np.eye(BANDS), [s.stop - s.start for s in _SPANS], axis=1) / [[s.stop - s.start] for s in _SPANS]
)
