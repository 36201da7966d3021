"""A range of steps in the three forms that features read: hops of samples, spectra, slow blocks.

What several features share is computed once, when first asked for. STEPS says how many steps are computed at a time: a multiple of 64,
few enough that an hour of sound takes no more memory than 16 s. Features that compare steps get the steps before the range too:

    range of steps                        [start                stop)
    Waveform        hop start             |--|--|--|  ...  |--|--|           stop - start + 1 hops, from sample 512 (start - 1)
    Spectra         block start - 2 |-----|                                  stop - start + 2 blocks, from sample 512 (start - 3)
                    block start - 1    |-----|
                    block start           |-----|
    SlowBlocks      one block for every 32 steps, from 16384 samples before the centre of step start
"""

from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Complex, Float

from avemo_core.audio import bands, cepstrum, envelope, loudness, octaves, onset, prediction, shape, spectrum
from avemo_core.audio.framing import BLOCK, SLOW_BLOCK, SLOW_STEP, STEP, blocks, excerpt


class Waveform:
    """The steps of a half-open range as samples."""

    STEPS: ClassVar = 512

    def __init__(self, samples: Float[np.ndarray, " n"], start: int, stop: int) -> None:
        self._samples = excerpt(samples, start * STEP - BLOCK // 2, stop * STEP)

    @cached_property
    def hops(self) -> Float[np.ndarray, "t_b hop"]:
        """The samples in hops of 512; step t covers hops t and t + 1, so there is one more than steps."""
        return self._samples.reshape(-1, STEP)

    @cached_property
    def autocorrelation(self) -> Float[np.ndarray, "lags t_a"]:
        """The autocorrelation r."""
        return prediction.autocorrelation(self.hops)

    @cached_property
    def reflections(self) -> Float[np.ndarray, "order t_a"]:
        """The reflection coefficients k_1 to k_10."""
        return prediction.reflections(self.autocorrelation)


class Spectra:
    """The steps of a half-open range as spectra."""

    STEPS: ClassVar = 256

    def __init__(self, samples: Float[np.ndarray, " n"], start: int, stop: int) -> None:
        self._samples = excerpt(samples, (start - 2) * STEP - BLOCK // 2, stop * STEP)
        self._starts_sound = start == 0

    @cached_property
    def spectra(self) -> Complex[np.ndarray, "t_c bins"]:
        """The spectra X, steps first, with those of the two steps before (0 where the sound starts): t_c = t_a + 2."""
        return spectrum.spectrum(blocks(self._samples, BLOCK, STEP))

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
    def likeness(self) -> onset.Similarity:
        """What neighbouring magnitudes have in common."""
        return onset.similarity(self.magnitude_rows)

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
        """The power d in the groups of the quarter-octave bands."""
        return bands.grouped_power(self.power)


class SlowBlocks:
    """The steps of a half-open range as blocks of two seconds, one for every 32 steps; the range starts at a multiple of 32."""

    STEPS: ClassVar = 256

    def __init__(self, samples: Float[np.ndarray, " n"], start: int, stop: int) -> None:
        self._samples = excerpt(samples, start * STEP - SLOW_BLOCK // 2, stop * STEP)

    @cached_property
    def envelope(self) -> Float[np.ndarray, "values t_s"]:
        """The envelope of each block."""
        return envelope.envelope(blocks(self._samples, SLOW_BLOCK, SLOW_STEP))
