"""A stretch of sound, and what several features take from it: each computed once, when first asked for."""

from functools import cached_property
from typing import Final

import numpy as np
from jaxtyping import Complex, Float

from avemo_core.audio import bands, cepstrum, envelope, loudness, octaves, prediction, spectrum
from avemo_core.audio.framing import BLOCK, SLOW_BLOCK, SLOW_STEP, STEP, blocks, excerpt

MARGIN: Final = SLOW_BLOCK // 2
"""Samples on each side of the stretch that its outermost slow blocks reach."""


class Stretch:
    """Some neighbouring steps of a sound.

    Args:
        samples: the whole sound.
        start, stop: the half-open range of steps; start a multiple of 32, so that slow steps lie as in the whole sound.
        previous: the stretch that ends where this one starts; None: the sound starts here.
    """

    def __init__(self, samples: Float[np.ndarray, " n"], start: int, stop: int, previous: "Stretch | None" = None) -> None:
        self._around = excerpt(samples, start * STEP - MARGIN, stop * STEP + MARGIN)
        self.spectra_before = None if previous is None else previous.spectra[-2:].copy()
        self.magnitude_before = None if previous is None else previous.magnitude[:, -1].copy()

    @cached_property
    def samples(self) -> Float[np.ndarray, " n"]:
        """The samples under the steps, from 512 before the first step's centre."""
        return self._around[MARGIN - BLOCK // 2 : self._around.size - MARGIN + BLOCK // 2]

    @cached_property
    def hops(self) -> Float[np.ndarray, "t_b hop"]:
        """The samples in hops of 512; step t covers hops t and t + 1, so there is one more than steps."""
        return self.samples.reshape(-1, STEP)

    @cached_property
    def blocks(self) -> Float[np.ndarray, "t_a block"]:
        """The samples under each step."""
        return blocks(self.samples, BLOCK, STEP)

    @cached_property
    def spectra(self) -> Complex[np.ndarray, "t_a bins"]:
        """The spectra X, steps first."""
        return spectrum.spectrum(self.blocks)

    @cached_property
    def magnitude_rows(self) -> Float[np.ndarray, "t_a bins"]:
        """The magnitudes a, steps first, as they are stored."""
        return spectrum.magnitude(self.spectra)

    @cached_property
    def magnitude(self) -> Float[np.ndarray, "bins t_a"]:
        """The magnitudes a, bins first, as they are computed with."""
        return np.ascontiguousarray(self.magnitude_rows.T)

    @cached_property
    def power(self) -> Float[np.ndarray, "bins t_a"]:
        """The power p = a^2, bins first."""
        return np.asarray(np.square(self.magnitude))

    @cached_property
    def autocorrelation(self) -> Float[np.ndarray, "lags t_a"]:
        """The autocorrelation r."""
        return prediction.autocorrelation(self.blocks)

    @cached_property
    def mel(self) -> Float[np.ndarray, "mels t_a"]:
        """The mel spectrum."""
        return cepstrum.mel_spectrum(self.magnitude)

    @cached_property
    def loudness(self) -> Float[np.ndarray, "barks t_a"]:
        """The relative loudness of each band."""
        return loudness.loudness(self.power)

    @cached_property
    def obsi(self) -> Float[np.ndarray, "octaves t_a"]:
        """The octave bands."""
        return octaves.obsi(self.power)

    @cached_property
    def grouped_power(self) -> Float[np.ndarray, "groups t_a"]:
        """d, the power in the groups of the quarter-octave bands."""
        return bands.grouped_power(self.power)

    @cached_property
    def envelope(self) -> Float[np.ndarray, "values t_s"]:
        """The envelope of each slow step."""
        return envelope.envelope(blocks(self._around, SLOW_BLOCK, SLOW_STEP))
