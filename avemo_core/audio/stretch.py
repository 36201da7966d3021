"""A stretch of sound, and what several features take from it: each computed once, when first asked for."""

from functools import cached_property
from typing import Final

import numpy as np
from jaxtyping import Complex, Float

from avemo_core.audio import bands, cepstrum, envelope, loudness, octaves, prediction, shape, spectrum
from avemo_core.audio.framing import BLOCK, SLOW_BLOCK, SLOW_STEP, STEP, blocks, excerpt

LEAD: Final = SLOW_BLOCK // 2
"""Samples before the first step's centre that its slow block covers; the last block ends where the next stretch's first centre lies."""


class Stretch:
    """Some neighbouring steps of a sound.

    Args:
        samples: the whole sound.
        start, stop: the half-open range of steps; start a multiple of 32, so that slow steps lie as in the whole sound.
    """

    def __init__(self, samples: Float[np.ndarray, " n"], start: int, stop: int) -> None:
        self._around = excerpt(samples, start * STEP - LEAD, stop * STEP)
        self._starts_sound = start == 0

    @cached_property
    def hops(self) -> Float[np.ndarray, "t_b hop"]:
        """The samples in hops of 512; step t covers hops t and t + 1, so there is one more than steps."""
        return self._around[LEAD - BLOCK // 2 :].reshape(-1, STEP)

    @cached_property
    def spectra(self) -> Complex[np.ndarray, "t_c bins"]:
        """The spectra X, steps first, with those of the two steps before (0 where the sound starts): t_c = t_a + 2."""
        return spectrum.spectrum(blocks(self._around[LEAD - BLOCK // 2 - 2 * STEP :], BLOCK, STEP))

    @cached_property
    def length(self) -> Float[np.ndarray, "t_c bins"]:
        """|X|, for the same steps."""
        return np.asarray(np.abs(self.spectra))

    @cached_property
    def magnitude_rows(self) -> Float[np.ndarray, "t_b bins"]:
        """The magnitudes a, steps first, with those of the step before (0 where the sound starts): t_b = t_a + 1."""
        a = spectrum.magnitude(self.length[1:])
        if self._starts_sound:
            a[0] = 0
        return a

    @cached_property
    def magnitude(self) -> Float[np.ndarray, "bins t_a"]:
        """The magnitudes a, bins first, as they are computed with."""
        return np.ascontiguousarray(self.magnitude_rows[1:].T)

    @cached_property
    def magnitude_sums(self) -> Float[np.ndarray, "5 t_a"]:
        """The sums of k^j a, j = 0 to 4."""
        return shape.power_sums(self.magnitude)

    @cached_property
    def power(self) -> Float[np.ndarray, "bins t_a"]:
        """The power p = a^2, bins first."""
        return np.asarray(np.square(self.magnitude))

    @cached_property
    def autocorrelation(self) -> Float[np.ndarray, "lags t_a"]:
        """The autocorrelation r."""
        return prediction.autocorrelation(self.hops)

    @cached_property
    def reflections(self) -> Float[np.ndarray, "order t_a"]:
        """The reflection coefficients k_1 to k_10."""
        return prediction.reflections(self.autocorrelation)

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
